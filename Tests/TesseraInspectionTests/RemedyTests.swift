import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraInspection
import Testing

/// Commands of findings mend what was found, and lose nothing.
@Suite struct RemedyTests {
  /// Runs a finding's command in the folder that holds the data set's.
  private func run(_ command: String) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = FileManager.default.temporaryDirectory
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(command)")
  }

  private func rename(_ files: [String], _ name: (String) -> String) throws {
    for file in files {
      let (folder, last) = ((file as NSString).deletingLastPathComponent, (file as NSString).lastPathComponent)
      try FileManager.default.moveItem(atPath: file, toPath: "\(folder)/\(name(last))")
    }
  }

  private func pairing(_ copy: DataCopy) throws -> [DataFinding] {
    try copy.inspection().findings.filter { $0.check == "pairing" }
  }

  /// Few are renamed by name, many by what their names have in common; names have characters that shells know.
  @Test(arguments: [("*_mask", 3), ("* (it's $1)", 12), ("seg-*", 12), ("capitals", 2)])
  func masksGetTheNamesOfTheirPictures(pattern: String, count: Int) throws {
    let copy = try DataCopy(of: .scenes)
    let pairs = try Array(copy.pairs("training").prefix(count))
    try rename(pairs.map(\.mask)) { name in
      let stem = (name as NSString).deletingPathExtension
      return (pattern == "capitals" ? stem.uppercased() : pattern.replacing("*", with: stem)) + ".png"
    }
    let findings = try pairing(copy)
    let finding = try #require(findings.first)
    #expect(findings.count == 1, "\(findings.map(\.summary))")
    #expect(finding.summary.hasSuffix("named after a picture, but not by the same name"))
    try run(try #require(finding.command))
    #expect(try pairing(copy).isEmpty)
    #expect(try copy.inspection().count(.training) == copy.pairs("training").count)
    #expect(pairs.allSatisfy { FileManager.default.fileExists(atPath: $0.mask) })
  }

  @Test func whatHasNoPartnerIsSetAside() throws {
    let copy = try DataCopy(of: .scenes)
    let (picture, mask) = (try copy.pairs()[1], try copy.pairs()[2])
    let kept = try Data(contentsOf: URL(filePath: picture.image))
    try FileManager.default.removeItem(atPath: picture.mask)
    try FileManager.default.removeItem(atPath: mask.image)
    let findings = try pairing(copy)
    #expect(findings.map(\.summary) == ["1 picture has no mask", "1 mask has no picture"])
    let archive = copy.folder + "/set-aside.tar"
    for finding in findings { try run(try #require(finding.command).replacing("set-aside.tar", with: archive)) }
    #expect(try pairing(copy).isEmpty && !FileManager.default.fileExists(atPath: picture.image))
    try run("tar -xPf '\(archive)'")
    #expect(try Data(contentsOf: URL(filePath: picture.image)) == kept)
    #expect(FileManager.default.fileExists(atPath: mask.mask))
  }

  /// A picture in another format is the partner of its mask.
  @Test func aPictureOfAnotherFormatIsNoMissingOne() throws {
    let copy = try DataCopy(of: .scenes)
    try rename([copy.pairs()[1].image]) { ($0 as NSString).deletingPathExtension + ".gif" }
    #expect(try pairing(copy).isEmpty)
    let findings = try copy.inspection().findings.filter { $0.check == "left-out" }
    #expect(findings.count == 1 && findings.first?.command?.contains("python3") == true)
  }

  /// A map that makes a class of what was void says so to training; values in other steps become the classes in order.
  @Test func mapsOfClassesCanBeUsed() throws {
    let copy = try DataCopy(of: .scenes)
    try copy.changeMasks(copy.allPairs()) { $0.mapped { $0 > 0 && $0 != 255 ? 255 : 0 } }
    func command(void: VoidChoice) throws -> String? {
      try copy.inspection(void: void).findings.first { $0.check == "values" }?.command
    }
    #expect(try command(void: .value(0))?.hasSuffix("--void none") == true)
    #expect(try command(void: .layoutDefault)?.contains("--void") == false)
    let other = try DataCopy(of: .scenes)
    try other.changeMasks(other.allPairs()) { $0.mapped { $0 == 255 ? 255 : 20 * $0 } }
    let map = try other.inspection().findings.first { $0.check == "values" }?.command ?? ""
    let names = try String(contentsOfFile: other.folder + "/classes.txt", encoding: .utf8).split(separator: "\n")
    #expect(map.contains("'0 = \(names[0])' '20 = \(names[1])' '40 = \(names[2])'"), "\(map)")
  }
}
