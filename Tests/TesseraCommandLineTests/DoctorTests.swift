import Foundation
import TesseraImaging
import TesseraScenes
import TestSupport
import Testing

/// The command that looks for everything in a data set that would spoil a training.
@Suite struct DoctorTests {
  private static let count = 20

  /// Drawn scenes of 160 x 120 pixels in `data`, flat; 18 of them are for training.
  private func writeScenes(in folder: String, names: Bool = true, _ change: (Mask) -> Mask = { $0 }) throws {
    let scenes = SyntheticScenes(count: Self.count, width: 160, height: 120)
    for part in ["images", "masks"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/data/\(part)", withIntermediateDirectories: true)
    }
    for index in 0..<scenes.count {
      let sample = scenes.sample(at: index)
      try sample.image.write(to: "\(folder)/data/images/\(index + 10).jpg")
      try change(sample.mask).write(to: "\(folder)/data/masks/\(index + 10).png")
    }
    if names {
      try write(scenes.labelSpace.classes.map(\.name).joined(separator: "\n"), to: "\(folder)/data/classes.txt")
    }
  }

  private func mapped(_ mask: Mask, _ change: (UInt16) -> UInt16) -> Mask {
    Mask(width: mask.width, height: mask.height, indices: mask.indices.map(change), labelSpace: mask.labelSpace)
  }

  private func doctor(_ more: String = "", in folder: String) throws -> Program.Outcome {
    try Program.tessera.run(["doctor", "data"] + more.split(separator: " ").map(String.init), in: folder)
  }

  private struct Report: Decodable {
    struct Finding: Decodable {
      struct File: Decodable {
        let file: String
        let x, y: Int?
      }
      let check, severity, summary, remedy: String
      let command: String?
      let files: [File]
    }
    let errors, warnings, notes, trainingPictures, validationPictures: Int
    let findings: [Finding]
    let classWeights: [Double]?
  }

  private func report(_ outcome: Program.Outcome) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
  }

  @Test func soundDataEndWithCode0() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder)
      let outcome = try doctor(in: folder)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.output)")
      let lines = outcome.output.split(separator: "\n")
      #expect(lines[0] == "data: 18 training and 2 validation pictures, all of 160 x 120 pixels")
      #expect(lines.contains { $0.hasPrefix("proposed: cross-entropy") })
      #expect(lines.last?.hasPrefix("0 errors, 0 warnings, ") == true || lines.last == "nothing found")
      let json = try doctor("--json", in: folder)
      #expect(json.status == 0 && json.output.split(separator: "\n").count == 1)
      let report = try report(json)
      #expect(report.errors == 0 && report.warnings == 0 && report.trainingPictures == 18)
      #expect(report.classWeights?.count == 10)
    }
  }

  @Test func faultsEndWithCode1AndAreSaidWithFilePixelAndCommand() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder)
      var mask = try Mask(
        contentsOf: "\(folder)/data/masks/14.png", labelSpace: LabelSpace(names: (0...9).map(String.init), void: nil))
      mask.indices[5 * 160 + 9] = 77
      try mask.write(to: "\(folder)/data/masks/14.png")
      let text = try doctor(in: folder)
      #expect(text.status == 1 && text.errors.isEmpty)
      #expect(text.output.contains("error [values] 1 mask holds values that are no class (0...9): 77\n"))
      #expect(text.output.contains("    data/masks/14.png, x = 9, y = 5: holds 77 (1 px); the first is 77\n"))
      let json = try doctor("--json --threads 2", in: folder)
      #expect(json.status == 1)
      let finding = try #require(try report(json).findings.first)
      #expect(finding.check == "values" && finding.severity == "error")
      #expect(finding.files.count == 1 && finding.files[0].x == 9 && finding.files[0].y == 5)
      #expect(
        finding.command == "printf '%s\\n' '77 = void' '* = *' > classes-map.txt && tessera train unet --data data "
          + "--classes-map classes-map.txt")
    }
  }

  /// What a user would do: type the command that is proposed. It trains, and with its options nothing is found anymore.
  private func expectRemedy(_ check: String, leaves: Int32 = 0, in folder: String) throws {
    let findings = try report(try doctor("--json", in: folder)).findings
    let finding = try #require(findings.first { $0.check == check }, "\(findings.map(\.summary))")
    let command = try #require(finding.command, "\(finding.summary)")
    try write("#!/bin/sh\nexec \"$TESSERA\" \"$@\"\n", to: "\(folder)/bin/tessera")
    let program = try #require(Program.folder).appending(path: "tessera").path
    let script = "chmod +x bin/tessera; export TESSERA=\(program) PATH=\"$PWD/bin:$PATH\"; "
    let trained = try Program.tessera.run(
      shell: script + command + " " + tinyRun.joined(separator: " ") + " --output run", in: folder)
    #expect(trained.status == 0, "\(command): \(trained.errors)")
    guard let options = command.components(separatedBy: "train unet --data data").last else { return }
    let again = try Program.tessera.run(shell: script + "tessera doctor data\(options)", in: folder)
    #expect(!again.output.contains("[\(check)]"), "\(command): \(again.output)")
  }

  @Test func theCommandForBlackAndWhiteMasksWorks() throws {
    for names in [false, true] {
      try withTemporaryFolder { folder in
        try writeScenes(in: folder, names: false) { mapped($0) { $0 > 3 ? 255 : 0 } }
        if names { try write("ground\nthings\n", to: "\(folder)/data/classes.txt") }
        try expectRemedy(names ? "values" : "opening", in: folder)
      }
    }
  }

  @Test func valuesBeyondAllClassesAreSaidOnce() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder, names: false) { mapped($0) { $0 < 255 ? $0 * 5000 : $0 } }
      let findings = try report(try doctor("--json", in: folder)).findings
      #expect(findings.filter { ["opening", "values"].contains($0.check) }.map(\.check) == ["opening"])
    }
  }

  @Test func theCommandForMasksThatCountFrom1Works() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder) { mapped($0) { $0 + 1 } }
      try expectRemedy("values", in: folder)
    }
    try withTemporaryFolder { folder in
      try writeScenes(in: folder, names: false) { mapped($0) { $0 + 1 } }
      try expectRemedy("classes", in: folder)
    }
  }

  @Test func theCommandForAStrayValueWorks() throws {
    try withTemporaryFolder { folder in
      var isFirst = true
      try writeScenes(in: folder) { mask in
        defer { isFirst = false }
        return isFirst ? mapped(mask) { $0 == mask.indices[0] ? 200 : $0 } : mask
      }
      try expectRemedy("values", in: folder)
    }
  }

  @Test func theCommandForColoredMasksWorks() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder)
      for name in try files(in: "\(folder)/data/masks") {
        let path = "\(folder)/data/masks/\(name)"
        try Mask(contentsOf: path, labelSpace: SyntheticScenes(count: 1).labelSpace).colored.write(to: path)
      }
      try expectRemedy("colors", in: folder)
    }
  }

  @Test func theCommandForDamagedPicturesAndCopiesWorks() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder)
      let path = URL(filePath: "\(folder)/data/images/12.jpg")
      let bytes = try Data(contentsOf: path)
      try bytes.prefix(bytes.count / 2).write(to: path)
      try expectRemedy("unreadable", in: folder)
    }
    try withTemporaryFolder { folder in
      try writeScenes(in: folder)
      for (kind, ending) in [("images", "jpg"), ("masks", "png")] {
        try FileManager.default.copyItem(
          atPath: "\(folder)/data/\(kind)/13.\(ending)", toPath: "\(folder)/data/\(kind)/99.\(ending)")
      }
      let findings = try report(try doctor("--json", in: folder)).findings
      try expectRemedy(try #require(findings.first { ["leaks", "duplicates"].contains($0.check) }).check, in: folder)
    }
  }

  @Test func aPageShowsWhatIsWrong() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder) { $0.flippedHorizontally() }
      let outcome = try doctor("--page pages/data.html --lists lists", in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.output.hasSuffix("wrote pages/data.html\nwrote lists\n"))
      let page = try String(contentsOfFile: "\(folder)/pages/data.html", encoding: .utf8)
      let elements = try Elements(page)
      #expect(elements.text.contains("all masks are mirrored (left for right) against their pictures"))
      #expect(elements["img"].count >= 8)
      #expect(
        elements["img"].allSatisfy { $0["src"]?.hasPrefix("data:image/jpeg;base64,") == true && $0["alt"] != nil })
      #expect(elements.values(of: "href").allSatisfy { $0.hasPrefix("#") })
      _ = try doctor("--page again.html", in: folder)
      #expect(try contents("\(folder)/again.html") == contents("\(folder)/pages/data.html"))
      #expect(try files(in: "\(folder)/lists").isSuperset(of: ["training.txt", "validation.txt", "alignment.txt"]))
    }
  }

  @Test(arguments: [
    ("doctor", 64, "Error: Missing expected argument '<dir>'"),
    ("doctor data --page report.pdf", 64, "Error: --page must end in .html; got report.pdf"),
    ("doctor data --threads 0", 64, "Error: --threads must lie in 1...1024; got 0"),
    ("doctor nowhere", 1, "Error: nowhere: there is no such folder"),
  ])
  func mistakesGetOneLine(line: String, status: Int32, message: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(line.split(separator: " ").map(String.init), in: folder)
      #expect(outcome.status == status)
      #expect(outcome.errorLines.first?.hasPrefix(message) == true, "\(outcome.errors)")
    }
  }

  @Test func everyLayoutIsRead() throws {
    try withTemporaryFolder { folder in
      try writeScenes(in: folder, names: false) { mapped($0) { $0 == 0 ? 255 : $0 } }
      for (kind, name) in [("images", "JPEGImages"), ("masks", "SegmentationClass")] {
        try FileManager.default.moveItem(atPath: "\(folder)/data/\(kind)", toPath: "\(folder)/data/\(name)")
      }
      let outcome = try doctor("--layout voc", in: folder)
      #expect(outcome.output.contains("layout   voc (Pascal VOC)"), "\(outcome.output) \(outcome.errors)")
      // VOC's other classes do not occur, which is no fault.
      #expect(outcome.status == 0, "\(outcome.output)")
    }
  }
}
