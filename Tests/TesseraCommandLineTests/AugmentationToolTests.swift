import Foundation
import TesseraNetworks
import Testing

/// Lists of augmentation steps on the command line: refused, recorded, resumed and drawn.
@Suite struct AugmentationToolTests {
  private static let list = "standard,rotate,elastic=0.05,cutout,cutmix"

  @Test(
    arguments: [
      ("flop", "must be none, flip, standard, strong, or a list of scale=0.5:2, crop=0.5, balance=0.75, ", "flip"),
      ("flip,rotat=5", "cutmix=0.5; got rotat=5", "rotate"), ("flip,colour=0.3", "got colour=0.3", "color"),
      ("rotate=200", "rotate needs a number in 0...180, such as rotate=10; got rotate=200", nil),
      ("scale=2", "scale needs two numbers in 0.25...4, the smaller first, such as scale=0.5:2; got scale=2", nil),
      ("color,scale", "scale=0.5:2 must come before color=0.2: pictures are scaled and cropped first", nil),
      ("balance", "balance=0.75: balance chooses among crops, but all of a picture is seen; add scale=0.5:2", nil),
    ] as [(String, String, String?)])
  func mistakesAreToldTheSameEverywhere(list: String, message: String, hint: String?) throws {
    try withTemporaryFolder { folder in
      for (program, words) in [
        (Program.unet, ["--augmentation", list]),
        (.tessera, ["show-data", "--augmentation=" + list]),
        (.tessera, ["bench-data", "--data", "nowhere", "--augmentation", list]),
      ] {
        let outcome = try program.run(words, in: folder)
        let lines = outcome.errorLines
        #expect(outcome.status == 64 && lines.first?.contains(message) == true, "\(outcome.errors)")
        #expect(
          lines.contains("hint: did you mean \(hint ?? "")?") == (hint != nil), "\(outcome.errors)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test func aListIsRecordedAndResumedExactly() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      func train(_ words: [String]) throws -> Program.Outcome {
        try Program.unet.run(words, in: folder)
      }
      func weights(_ run: String) throws -> [String: [Float]] {
        let checkpoint = try SegmentationCheckpoint(
          contentsOf: "\(folder)/\(run)/checkpoints/last.safetensors")
        return Dictionary(
          uniqueKeysWithValues: checkpoint.model.namedParameters.map {
            ($0.name, $0.parameter.value.scalars)
          })
      }
      let words = tinyRun + ["--data", "data", "--augmentation", Self.list]
      let first = try train(words + ["--epochs", "1", "--output", "run"])
      try #require(first.status == 0, "\(first.errors)")
      let record =
        try JSONSerialization.jsonObject(with: contents(folder + "/run/config.json"))
        as? [String: Any]
      let name = "standard,rotate=10,elastic=0.05,cutout=0.25,cutmix=0.5"
      #expect(record?["augmentation"] as? String == name)

      let other = try train(["--resume", "--output", "run", "--augmentation", "standard"])
      #expect(
        other.status == 1
          && other.errors.contains("augmentation: \(name) in the run, standard now"),
        "\(other.errors)")
      // The same list in other words, with a cache and more threads.
      let resumed = try train([
        "--resume", "--output", "run", "--epochs", "2", "--cache", "cache", "--loader-threads", "3",
        "--augmentation",
        "scale=0.5:2,balance,color,flip,rotate=10.0,elastic=0.05,cutout=0.25,cutmix",
      ])
      try #require(resumed.status == 0, "\(resumed.errors)")
      let whole = try train(words + ["--output", "whole"])
      try #require(whole.status == 0, "\(whole.errors)")
      #expect(try weights("run") == weights("whole"))
    }
  }

  @Test func showDataDrawsAList() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      func sheet(_ list: String) throws -> Data {
        let outcome = try Program.tessera.run(
          [
            "show-data", "data", "--image-size", "16", "--count", "4", "--augmentation", list,
            "--output", "sheet.png",
          ],
          in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try contents(folder + "/sheet.png")
      }
      #expect(try sheet(Self.list) == sheet(Self.list))
      #expect(try sheet(Self.list) != sheet("standard"))
    }
  }

  /// The page's program is the one that is built, and its own steps change what a loader gives.
  @Test func thePagesProgramRuns() throws {
    func text(_ path: String) throws -> String {
      try String(contentsOf: ReadmeTests.package.appending(path: path), encoding: .utf8)
    }
    let program = try text("Examples/own-augmentation/main.swift")
    #expect(
      try Markdown(text("docs/augmentation.md")).blocks.filter { $0.language == "swift" }.map(
        \.text) == [program])
    try withTemporaryFolder { folder in
      let outcome = try Program(name: "OwnAugmentationExample").run([], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == "scale=0.5:2,dusk,rotate=10,zoom,flip [6, 96, 96, 3]\n")
    }
  }
}
