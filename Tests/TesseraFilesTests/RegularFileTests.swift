import Foundation
import Testing

@testable import TesseraFiles

/// Files are opened in one way, which never waits and never takes what is no file.
@Suite struct RegularFileTests {
  @Test func textIsUTF8WithOrWithoutAMark() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/text"
      func read(_ bytes: [UInt8]) throws -> String {
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
        return try RegularFile.text(of: path, atMost: 8)
      }
      let texts = [try read(Array("é".utf8)), try read([0xEF, 0xBB, 0xBF, 65]), try read([])]
      #expect(texts == ["é", "A", ""])
      #expect(throws: FileError(path: path, reason: "it is not UTF-8 text")) { try read([0xE9]) }
      #expect(throws: FileError(path: path, reason: "it has 9 bytes, more than the 8 allowed for such a file")) {
        try read([UInt8](repeating: 65, count: 9))
      }
    }
  }

  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private func reason(_ path: String) -> String? {
    do throws(FileError) {
      _ = try RegularFile(path)
      return nil
    } catch { return error.reason }
  }

  @Test func whatIsNoFileIsNamed() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let pipe = folder + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(reason(pipe) == "it is a pipe, not a file")
    #expect(reason(folder) == "it is a folder")
    #expect(reason("/dev/zero") == "it is a device, not a file")
    #expect(reason(folder + "/nothing") == "there is no such file")
  }

  @Test func aFileWithoutANameIsInNoFolder() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = try RegularFile.unnamed { append in
      try [1, 2, 3].withBytes(append)
      try [4].withBytes(append)
    }
    #expect(try file.bytes(from: 0, atMost: 9) == [1, 2, 3, 4])
    var status = stat()
    #expect(fstat(file.descriptor, &status) == 0 && status.st_nlink == 0)
  }

  @Test func bytesEndWithTheFile() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/numbers"
    try AtomicFile.write([1, 2, 3, 4, 5], to: path)
    let file = try RegularFile(path)
    #expect(file.length == 5)
    #expect(try file.bytes(from: 1, atMost: 3) == [2, 3, 4])
    #expect(try file.bytes(from: 3, atMost: 100) == [4, 5])
    #expect(try file.bytes(from: 7, atMost: 100) == [])
    #expect(try RegularFile.bytes(of: path, atMost: 5) == [1, 2, 3, 4, 5])
    #expect(throws: FileError(path: path, reason: "it has 5 bytes, more than the 4 allowed for such a file")) {
      try RegularFile.bytes(of: path, atMost: 4)
    }
  }

  @Test func aNameAsLongAsNamesCanBeIsWritten() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/" + String(repeating: "x", count: 255)
    try AtomicFile.write([7], to: path)
    #expect(try RegularFile.bytes(of: path, atMost: 1) == [7])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
  }

  private struct Counts: Decodable {
    let steps: Int, seconds: Double, extra: Int?
    enum CodingKeys: CodingKey { case steps, seconds, extra }
    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      steps = try values.count(.steps)
      seconds = try values.real(.seconds, in: 0...1e9)
      extra = try values.countIfPresent(.extra, upTo: 10)
    }
  }

  @Test(arguments: [
    (#"{"steps":-1,"seconds":1}"#, #""steps" is -1, which lies outside 0...9007199254740992"#),
    (#"{"steps":9007199254740993,"seconds":1}"#, #""steps" is 9007199254740993, which lies outside"#),
    (#"{"steps":1,"seconds":1e300}"#, #""seconds" is 1e+300, which lies outside 0.0...1000000000.0"#),
    (#"{"steps":1,"seconds":1,"extra":11}"#, #""extra" is 11, which lies outside 0...10"#),
  ])
  func numbersOutsideTheirRangeAreErrors(json: String, message: String) throws {
    do {
      _ = try JSONDecoder().decode(Counts.self, from: Data(json.utf8))
      Issue.record("\(json) was taken")
    } catch DecodingError.dataCorrupted(let context) {
      #expect(context.debugDescription.hasPrefix(message))
    }
  }

  @Test func numbersWithinTheirRangeAreTaken() throws {
    let counts = try JSONDecoder().decode(Counts.self, from: Data(#"{"steps":3,"seconds":0.5,"extra":null}"#.utf8))
    #expect(counts.steps == 3 && counts.seconds == 0.5 && counts.extra == nil)
  }
}
