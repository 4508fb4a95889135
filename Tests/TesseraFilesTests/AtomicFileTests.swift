import Foundation
import TesseraFiles
import Testing

@Suite struct AtomicFileTests {
  @Test func whatIsNotPublishedIsRemoved() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try AtomicFile.write([1], to: path)
      var file: AtomicFile? = try AtomicFile(path)
      try file?.append([2, 3])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
      file = nil
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
      #expect(try RegularFile.bytes(of: path, atMost: 9) == [1])
    }
  }

  @Test func itIsWrittenUnderTheGivenNameAndReplacesWhatHasIt() throws {
    try withTemporaryFolder { folder in
      let (path, part) = (folder + "/file", folder + "/file.part")
      try #require(mkfifo(part, 0o600) == 0)
      let file = try AtomicFile(path, writtenAs: part)
      try file.append([0, 0, 0, 4])
      try file.append([5])
      try file.replace([1, 2, 3], at: 0)
      #expect(!FileManager.default.fileExists(atPath: path))
      try file.publish(isDurable: false)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
      #expect(try RegularFile.bytes(of: path, atMost: 9) == [1, 2, 3, 4, 5])
    }
  }

  @Test func errorsNameTheFileAndWhatItsFolderIs() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([1], to: folder + "/file")
      for place in ["none", "file"] {
        let path = "\(folder)/\(place)/new"
        #expect(throws: FileError(path: path, reason: "there is no folder \(folder)/\(place)")) {
          try AtomicFile.write([1], to: path)
        }
      }
      #expect(throws: FileError(path: folder, reason: "Is a directory")) { try AtomicFile.write([1], to: folder) }
    }
  }

  /// A process that reads damaged data sets for days meets many files that it refuses.
  @Test func noDescriptorStaysOpen() async {
    await #expect(processExitsWith: .success) {
      func descriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
      try withTemporaryFolder { folder in
        let path = folder + "/file"
        try AtomicFile.write([1], to: path)
        let before = try descriptors()
        for _ in 0..<10 {
          _ = try? RegularFile(folder)
          _ = try? MappedFile("/dev/null")
          _ = try? GrowingFile("/dev/null")
          try? AtomicFile.write([1], to: folder)
          try AtomicFile.write([1], to: path)
          let mapped = try MappedFile(path)
          #expect(withExtendedLifetime(mapped) { [UInt8](mapped.bytes) == [1] && mapped.isWhole })
          try GrowingFile(path).append([2])
          _ = try FileLock(file: path + ".lock")
          _ = FileLock(folder: folder)
          try RegularFile.overwrite(path, with: [1], padding: 32)
        }
        exit(try descriptors() == before ? 0 : 1)
      }
    }
  }
}
