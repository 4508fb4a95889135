import Foundation
import TesseraDatasets
import TesseraFiles
import TesseraTensors
import Testing

/// What is kept of a data set's files between runs.
@Suite struct DataRecordTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var path: String { folder.path + "/data.jsonl" }

  private func findings(_ checksum: UInt32 = 1, pixels: [Int: Int]? = nil) throws -> FileFindings {
    try folder.addText("file", "12345")
    let stamp = try #require(FileStamp(of: folder.path + "/file"))
    return FileFindings(stamp: stamp, checksum: checksum, size: 8, pixels: pixels)
  }

  @Test func whatIsWrittenIsRead() throws {
    let record = DataRecord(
      files: ["images/ä\n\"b.jpg": try findings(), "masks/b.png": try findings(7, pixels: [0: 60, 65535: 4])],
      damaged: ["images/b.jpg"])
    try record.write(to: path)
    #expect(try DataRecord(contentsOf: path) == record)
  }

  @Test func aRecordThatWasDamagedIsNotBelieved() throws {
    try DataRecord(files: ["masks/b.png": try findings(7, pixels: [0: 60])]).write(to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1
      try Data(changed).write(to: URL(fileURLWithPath: path))
      #expect(throws: FileError.self, "\(place)") { try DataRecord(contentsOf: path) }
      try Data(bytes.prefix(place)).write(to: URL(fileURLWithPath: path))
      #expect(throws: FileError.self, "\(place)") { try DataRecord(contentsOf: path) }
    }
  }

  /// The checksum is right; what it covers is not what a survey finds.
  @Test(arguments: [
    #""height":-1"#, #""height":0"#, #""width":1e300"#, #""length":-5"#, #""checksum":4294967296"#,
    #""pixels":{"65536":1}"#, #""pixels":{"-1":1}"#, #""pixels":{"0":9223372036854775807}"#, #""pixels":{"0":-1}"#,
  ])
  func numbersThatNoFileHasAreRefused(forged: String) throws {
    var fields = [
      "changed": #""changed":1"#, "checksum": #""checksum":1"#, "height": #""height":1"#, "length": #""length":1"#,
      "modified": #""modified":1"#, "pixels": #""pixels":{"0":1}"#, "width": #""width":1"#,
    ]
    func write() throws {
      let body = #"{"damaged":[],"files":{"a":{\#(fields.values.sorted().joined(separator: ","))}}}"# + "\n"
      var checksum = CRC32()
      checksum.add(Array(body.utf8))
      try folder.addText("data.jsonl", #"{"checksum":"\#(checksum.text)","format":1}"# + "\n" + body)
    }
    try write()
    #expect(try DataRecord(contentsOf: path).files["a"]?.pixels == [0: 1])
    let name = try #require(forged.split(separator: "\"").first)
    fields[String(name)] = forged
    try write()
    #expect(throws: FileError.self) { try DataRecord(contentsOf: path) }
  }

  @Test func changesAreNamed() throws {
    let before = DataRecord(
      files: ["a": try findings(1), "b": try findings(2), "c": try findings(3), "d": try findings(4)], damaged: ["c"])
    let now = DataRecord(
      files: ["a": try findings(1), "c": try findings(9), "d": try findings(9), "e": try findings(5)])
    let changes = now.changes(since: before)
    #expect(changes.changed == ["c", "d"] && changes.added == ["e"] && changes.removed == ["b"])
    #expect(changes.repaired == ["c"])
    #expect(before.changes(since: before).isEmpty)
  }

  @Test func whatWasRepairedIsNoLongerDamaged() throws {
    let root = folder.path + "/data"
    func survey(knowing earlier: DataRecord = DataRecord()) throws -> DataRecord {
      let surveyor = DataSurveyor(of: root, knowing: earlier)
      for name in ["a", "b"] { _ = try surveyor.mask("\(root)/masks/\(name).png") }
      return surveyor.record
    }
    for name in ["a", "b"] { try folder.addMask("data/masks/\(name).png", values: [0, 1]) }
    var ended = try survey()
    ended.damaged = ["masks/a.png", "masks/b.png"]
    // Of other lengths: times alone may be the same.
    try folder.addMask("data/masks/a.png", values: [0, 1, 2, 3])
    let repaired = try survey(knowing: ended)
    #expect(repaired.changes(since: ended).repaired == ["masks/a.png"])
    #expect(repaired.damaged == ["masks/b.png"])
    try folder.addMask("data/masks/a.png", values: [0, 1, 2, 3, 4, 5, 6, 7])
    let changes = try survey(knowing: repaired).changes(since: repaired)
    #expect(changes.changed == ["masks/a.png"] && changes.repaired.isEmpty)
  }

  @Test func onlyFilesThatChangedAreReadAgain() throws {
    try folder.addMask("data/masks/a.png", values: [0, 1])
    try folder.addMask("data/masks/b.png", values: [0, 2])
    let root = folder.path + "/data"
    let first = DataSurveyor(of: root)
    for name in ["a", "b"] { _ = try first.mask("\(root)/masks/\(name).png") }
    // A finding that is not the file's own shows whether the file was read.
    var record = first.record
    let known = try #require(record.files["masks/a.png"])
    record.files["masks/a.png"] = FileFindings(
      stamp: known.stamp, checksum: known.checksum, size: 3, pixels: [7: 9])
    try folder.addMask("data/masks/b.png", values: [0, 3])
    let second = DataSurveyor(of: root, knowing: record)
    #expect(try second.mask("\(root)/masks/a.png").pixels == [7: 9])
    #expect(try second.mask("\(root)/masks/b.png").pixels == [0: 24, 3: 24])
    #expect(second.record.changes(since: first.record).changed == ["masks/b.png"])
    // The same bytes at another time are the same file, read again to know that.
    try folder.addMask("data/masks/a.png", values: [0, 1])
    let third = DataSurveyor(of: root, knowing: record)
    #expect(try third.mask("\(root)/masks/a.png").pixels == [0: 24, 1: 24])
    #expect(third.record.changes(since: first.record).changed.isEmpty)
  }
}

extension DataRecord.Changes {
  fileprivate var isEmpty: Bool { changed.isEmpty && added.isEmpty && removed.isEmpty }
}
