import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

/// What a run says about its data before the first step, and what it makes of files that change.
@Suite struct DataSurveyTests {
  private let space = LabelSpace(names: ["left", "right"], void: 255)

  /// A mask of 20 x 12 pixels, left and right of column `seam`.
  private func writeMask(_ path: String, seam: Int, values: (UInt16, UInt16) = (0, 1)) throws {
    let indices = (0..<240).map { $0 % 20 < seam ? values.0 : values.1 }
    try Mask(width: 20, height: 12, indices: indices, labelSpace: space).write(to: path)
  }

  private func run(_ more: String, in folder: String) throws -> Program.Outcome {
    try Program.unet.run(tinyRun + more.split(separator: " ").map(String.init), in: folder)
  }

  private func resume(_ more: String, in folder: String) throws -> Program.Outcome {
    try Program.unet.run(
      ["--resume", "--output", "run"] + more.split(separator: " ").map(String.init), in: folder)
  }

  @Test func aRunSaysWhatItTrainsOn() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      try write("GIF89a", to: folder + "/data/images/film.gif")
      let outcome = try run("--data data --output run", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n")
      #expect(
        lines.prefix(3) == [
          "data: 9 training and 1 validation pictures, all of 20 x 12 pixels",
          "  classes  left 45.8 %, right 45.8 %", "  void     8.3 % (index 255)",
        ])
      #expect(lines[3].hasPrefix("unet: "))
      #expect(outcome.errorLines.first?.hasPrefix("Warning: data/images: 1 picture is left out") == true)
    }
  }

  @Test func builtInScenesNeedNoWords() throws {
    try withTemporaryFolder { folder in
      let outcome = try run("--output run", in: folder)
      #expect(outcome.output.hasPrefix("unet: ") && outcome.errorLines.count == 2)
      #expect(try !files(in: folder + "/run").contains("data.jsonl"))
    }
  }

  /// 0/1 masks where 0 is void: a perfect score that says nothing.
  @Test func oneClassIsSuspiciousBeforeAndAfter() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10, masks: "annotations")
      try FileManager.default.removeItem(atPath: folder + "/data/classes.txt")
      for number in 0..<10 { try writeMask("\(folder)/data/annotations/\(number).png", seam: 8) }
      let outcome = try run("--data data --output run", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("  classes  class 1 60.0 %\n  void     40.0 % (index 0, class 0)\n"))
      #expect(
        outcome.errorLines.first == "Warning: all counted pixels of the training and validation masks are class 1 (0 is "
          + "void and not counted; --void none counts it): there is nothing to tell apart, and figures near 100 % say "
          + "nothing")
      #expect(
        outcome.errorLines.last == "Warning: validation: all counted pixels are class 1 (0 is void and not counted; "
          + "--void none counts it): the figures say nothing")
    }
  }

  @Test func masksThatAreAllVoidAreRefusedAtOnce() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      for number in 0..<10 { try writeMask("\(folder)/data/masks/\(number).png", seam: 20, values: (1, 1)) }
      let outcome = try run("--data data --void 1 --output run", in: folder)
      expectFailure(
        outcome, "Error: every pixel of the training masks is 1, which is void: nothing can be learned; give --void none or "
          + "another --void, or check the masks")
      #expect(try !files(in: folder).contains { $0.hasPrefix("run/") })
    }
  }

  @Test func whatIsProbablyNotMeantIsSaid() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 3)
      // The same pictures in both parts, masks that count from 1, and a class that training never sees.
      for (part, numbers) in [("training", [0, 1]), ("validation", [1, 2])] {
        for kind in ["images", "masks"] {
          try FileManager.default.createDirectory(
            atPath: "\(folder)/data/\(kind)/\(part)", withIntermediateDirectories: true)
        }
        for number in numbers {
          try FileManager.default.copyItem(
            atPath: "\(folder)/data/images/\(number).png", toPath: "\(folder)/data/images/\(part)/\(number).png")
          try writeMask(
            "\(folder)/data/masks/\(part)/\(number).png", seam: 8, values: part == "training" ? (1, 2) : (1, 3))
        }
      }
      for kind in ["images", "masks"] {
        for number in 0..<3 { try FileManager.default.removeItem(atPath: "\(folder)/data/\(kind)/\(number).png") }
      }
      try FileManager.default.removeItem(atPath: folder + "/data/classes.txt")
      let outcome = try run("--data data --output run", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.errorLines.prefix(3) == [
          "Warning: class 0 occurs in no mask and counts as 0 in mean IoU: if the masks count from 1, make 0 void "
            + "(--void 0) or subtract 1",
          "Warning: 1 validation picture is also among the training pictures, byte for byte: 1; validation looks "
            + "better than it is",
          "Warning: class 3 occurs in validation masks but in no training mask, and cannot be learned",
        ])
    }
  }

  @Test func changedFilesAreNamedAndTheUserDecides() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      for number in 0..<10 { try writeMask("\(folder)/data/masks/\(number).png", seam: 8) }
      try #require(try run("--data data --output run", in: folder).status == 0)
      // The same bytes at another time, and the same files in another folder, are the same data.
      try writeMask(folder + "/data/masks/3.png", seam: 8)
      try FileManager.default.copyItem(atPath: folder + "/data", toPath: folder + "/copy")
      let same = try resume("--epochs 3 --data copy", in: folder)
      #expect(same.status == 0 && same.errorLines.count == 2, "\(same.errors)")
      // The seam moves, the file's length does not.
      try writeMask(folder + "/copy/masks/3.png", seam: 9)
      let before = try contents(folder + "/run/checkpoints/last.safetensors")
      expectFailure(
        try resume("--epochs 4", in: folder),
        "Error: run cannot be resumed without a decision: 1 file of the data has changed since the run last used the data: "
          + "masks/3.png; put back what was there, give --accept-changed-data to continue with what is there now, or "
          + "start a new run in another --output")
      #expect(try contents(folder + "/run/checkpoints/last.safetensors") == before)
      let accepted = try resume("--epochs 4 --accept-changed-data", in: folder)
      #expect(accepted.status == 0)
      #expect(
        accepted.errorLines.first == "Warning: 1 file of the data has changed since the run last used the data: "
          + "masks/3.png; the run continues with what is there now")
      // The decision was about this change and no later one.
      #expect(try resume("--epochs 5", in: folder).errorLines.count == 2)
      try writeMask(folder + "/copy/masks/4.png", seam: 9)
      #expect(try resume("--epochs 6", in: folder).status == 1)
      #expect(try run("--data data --accept-changed-data --output new", in: folder).status == 64)
    }
  }

  @Test func aRunWithoutItsRecordOfTheDataGoesOn() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      try #require(try run("--data data --output run", in: folder).status == 0)
      try FileManager.default.removeItem(atPath: folder + "/run/data.jsonl")
      let lost = try resume("--epochs 3", in: folder)
      #expect(lost.status == 0 && !lost.errors.contains("Warning: "), "\(lost.errors)")
      try write("damaged", to: folder + "/run/data.jsonl")
      let damaged = try resume("--epochs 4", in: folder)
      #expect(damaged.status == 0)
      #expect(
        damaged.errorLines.filter { $0.hasPrefix("Warning: ") } == [
          "Warning: run/data.jsonl: it is damaged or of another version; only names and sizes of the data's files tell "
            + "whether they changed"
        ])
      #expect(try files(in: folder + "/run").contains("data.jsonl"))
      // Other names: without the record nobody can tell that the files are the same.
      try FileManager.default.removeItem(atPath: folder + "/run/data.jsonl")
      for kind in ["images", "masks"] {
        try FileManager.default.moveItem(
          atPath: "\(folder)/data/\(kind)/3.png", toPath: "\(folder)/data/\(kind)/30.png")
      }
      #expect(try resume("--epochs 5", in: folder).status == 1)
      let accepted = try resume("--epochs 5 --accept-changed-data", in: folder)
      #expect(accepted.status == 0)
      #expect(
        accepted.errorLines.filter { $0.hasPrefix("Warning: ") } == [
          "Warning: names or sizes of the files of --data are not those that the run knows; the run continues with "
            + "what is there now"
        ])
    }
  }

  /// Its chunks have the right checksums, so that only decoding finds that it is damaged.
  private func damage(_ path: String) throws {
    var bytes = [UInt8](try contents(path))
    let type = try #require((0..<bytes.count - 4).first { Array(bytes[$0..<$0 + 4]) == Array("IDAT".utf8) })
    let length = bytes[type - 4..<type].reduce(0) { $0 << 8 | Int($1) }
    for place in type + 8..<type + 12 { bytes[place] = 0xFF }
    let checksum = bytes.withUnsafeBytes { CRC32.sum(of: UnsafeRawBufferPointer(rebasing: $0[type..<type + 4 + length])) }
    withUnsafeBytes(of: checksum.bigEndian) { bytes.replaceSubrange(type + 4 + length..<type + 8 + length, with: $0) }
    try Data(bytes).write(to: URL(filePath: path))
  }

  @Test func aRunGoesOnWithAFileThatWasRepaired() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 20)
      let path = folder + "/data/images/12.png"
      let whole = try contents(path)
      try damage(path)
      let failed = try run(
        "--data data --no-shuffle --steps-per-epoch 0 --validation-steps 1 --output run", in: folder)
      #expect(failed.errors.contains("Error: data/images/12.png: "), "\(failed.errors)")
      #expect(failed.status == 1)
      #expect(try files(in: folder + "/run").contains("checkpoints/last.safetensors"))
      try whole.write(to: URL(filePath: path))
      let outcome = try resume("", in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.errorLines.first == "note: the run ended over images/12.png, which has changed since: it continues "
          + "with the new contents")
      // That was about this change and no later one.
      try contents(folder + "/data/images/11.png").write(to: URL(filePath: path))
      expectFailure(
        try resume("--epochs 3", in: folder),
        "Error: run cannot be resumed without a decision: 1 file of the data has changed since the run last used the "
          + "data: images/12.png; put back what was there, give --accept-changed-data to continue with what is there "
          + "now, or start a new run in another --output")
    }
  }

  @Test func damagedFilesAreFoundBeforeTheFirstStep() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      let picture = try contents(folder + "/data/images/2.png")
      try picture.prefix(picture.count * 2 / 3).write(to: URL(filePath: folder + "/data/images/2.png"))
      try writeMask(folder + "/data/masks/7.png", seam: 19, values: (0, 7))
      let outcome = try run("--data data --output run", in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.count == 3)
      #expect(outcome.errorLines.first == "Error: 2 files cannot be used; fix them or remove the pictures:")
      #expect(outcome.errors.contains("data/images/2.png: the file ends before its picture does"))
      #expect(outcome.errors.contains("data/masks/7.png: mask values 7 (12 px)"))
      #expect(try !files(in: folder).contains { $0.hasPrefix("run/") })
    }
  }
}
