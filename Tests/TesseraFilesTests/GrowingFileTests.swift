import Foundation
import TesseraFiles
import Testing

@Suite struct GrowingFileTests {
  @Test func itGoesOnWhereItEndedAndIsReadWhole() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try GrowingFile(path, isNew: true).append([1, 2])
      let file = try GrowingFile(path)
      try file.append([3])
      #expect(try file.bytes() == [1, 2, 3])
      #expect(throws: FileError.self) { try GrowingFile(path, isNew: true) }
      unlink(path)
      try file.append([4])
      #expect(try file.bytes() == [1, 2, 3, 4])
      try file.removeAll()
      #expect(try file.bytes() == [])
    }
  }

  /// A limit on the length of files ends a write where a full disk does: within a piece.
  @Test func aPieceWithoutRoomLeavesNothingBehind() async throws {
    await #expect(processExitsWith: .success) {
      signal(SIGXFSZ, SIG_IGN)
      let path = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)").path
      let file = try GrowingFile(path)
      try file.append([UInt8](repeating: 1, count: 900))
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      do {
        try file.append([UInt8](repeating: 2, count: 900))
        exit(1)
      } catch {
        guard (error as? FileError)?.reason == "File too large" else { exit(2) }
      }
      try file.append([UInt8](repeating: 3, count: 100))
      let expected = [UInt8](repeating: 1, count: 900) + [UInt8](repeating: 3, count: 100)
      let isRight = try [UInt8](Data(contentsOf: URL(filePath: path))) == expected
      unlink(path)
      exit(isRight ? 0 : 3)
    }
  }

  @Test func aPipeIsNamedAndNeverWaitedFor() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/pipe"
      try #require(mkfifo(path, 0o600) == 0)
      #expect(throws: FileError(path: path, reason: "it is a pipe, not a file")) { try GrowingFile(path) }
      #expect(throws: FileError(path: folder, reason: "Is a directory")) { try GrowingFile(folder) }
    }
  }
}
