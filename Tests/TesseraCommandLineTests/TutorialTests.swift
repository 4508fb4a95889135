import Foundation
import TesseraNetworks
import TesseraTensors
import Testing

/// The tutorial's programs are the ones that are built, and they do what the tutorial says.
@Suite struct TutorialTests {
  static let articles = [
    "FirstTraining": "first-training", "YourOwnData": "own-data", "YourOwnNetwork": "own-network",
    "YourOwnLoss": "own-loss", "ReadingAReport": "reading-a-report", "ResumingARun": "resuming-a-run",
  ]

  private func text(_ path: String) throws -> String {
    try String(contentsOf: ReadmeTests.package.appending(path: path), encoding: .utf8)
  }

  @Test(arguments: articles.keys.sorted()) func theShownProgramIsTheOneThatIsBuilt(article: String) throws {
    let page = try text("Sources/Tessera/Tessera.docc/\(article).md")
    let program = try text("Examples/tutorial/\(try #require(Self.articles[article]))/main.swift")
    #expect(Markdown(page).blocks.filter { $0.language == "swift" }.map(\.text) == [program])
    #expect(try text("Sources/Tessera/Tessera.docc/Tessera.md").contains("- <doc:\(article)>"))
  }

  @Test func everyProgramHasItsArticle() throws {
    let folder = ReadmeTests.package.appending(path: "Examples/tutorial").path
    let programs = try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }
    #expect(programs.sorted() == Self.articles.values.sorted())
  }

  @Test func aFolderOfOnesOwnIsReadCheckedAndTrainedOn() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program(name: "TutorialOwnData").run([], in: folder)
      #expect(outcome.status == 0)
      #expect(outcome.output.hasPrefix("22 pictures to learn from, 2 to measure on\nsky "))
      #expect(outcome.output.contains("\npixel accuracy 0."))
      #expect(outcome.output.contains(#/\nvoid +[0-9.]+ %\n/#), "\(outcome.output)")
      // The folder that it drew is a data set for the trainers too.
      let shown = try Program.tessera.run(["show-data", "my-pictures", "--output", "samples.png"], in: folder)
      #expect(shown.status == 0, "\(shown.errors)")
    }
  }

  @Test func aFolderWithVoidHasItsShareToo() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/own", count: 20)
      let outcome = try Program(name: "TutorialOwnData").run(["own"], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let shares = "left         45.8 %\nright        45.8 %\nvoid          8.3 %\n"
      #expect(outcome.output.hasPrefix("18 pictures to learn from, 2 to measure on\n" + shares), "\(outcome.output)")
    }
  }

  @Test func aFirstTrainingLearnsAndDraws() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program(name: "TutorialFirstTraining").run([], in: folder)
      let losses = outcome.output.matches(of: #/loss ([0-9.]+)/#).compactMap { Float($0.1) }
      #expect(outcome.status == 0 && losses.count == 6 && losses[5] < losses[0], "\(outcome.errors)")
      #expect(FileManager.default.fileExists(atPath: folder + "/first-training/overlay.png"))
    }
  }

  @Test func aMaskValueWithoutAClassIsNamedBeforeTraining() throws {
    try withTemporaryFolder { folder in
      _ = try Program(name: "TutorialOwnData").run([], in: folder)
      try Data("sky\ncloud".utf8).write(to: URL(filePath: folder + "/my-pictures/classes.txt"))
      let outcome = try Program(name: "TutorialOwnData").run(["my-pictures"], in: folder)
      #expect(outcome.status != 0 && outcome.errors.contains("my-pictures/masks/street-"))
    }
  }

  @Test func aNetworkOfOnesOwnLearnsAndComesBack() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program(name: "TutorialOwnNetwork").run([], in: folder)
      #expect(outcome.status == 0 && outcome.output.hasPrefix("34330 parameters, the first is stem.filter\n"))
      let losses = outcome.output.matches(of: #/loss ([0-9.]+)/#).compactMap { Float($0.1) }
      #expect(losses.count == 3 && losses[2] < losses[0])
      #expect(FileManager.default.fileExists(atPath: folder + "/small.png"))
      let foreign = try Program.tessera.run(["summary", "--checkpoint", "small.safetensors"], in: folder)
      let known = "its network, small, is not one of this program's (unet, fcnn, unet-vgg16 and 108 others)"
      #expect(foreign.status == 1 && foreign.errors.contains(known))
    }
  }

  @Test func aLossOfOnesOwnTrains() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program(name: "TutorialOwnLoss").run([], in: folder)
      let losses = outcome.output.matches(of: #/loss ([0-9.]+)/#).compactMap { Float($0.1) }
      #expect(outcome.status == 0 && losses.count == 3 && losses[2] < losses[0])
    }
  }

  /// The second start ends with the bits of a run that nobody stopped.
  @Test func aRunThatIsStoppedContinuesWithTheSameBits() throws {
    let program = Program(name: "TutorialResumingARun")
    let run = "/resuming-a-run"
    func weights(_ folder: String) throws -> [Tensor] {
      let path = folder + run + "/checkpoints/last.safetensors"
      return try SegmentationCheckpoint(contentsOf: path).model.parameters.map(\.value)
    }
    func log(_ folder: String) throws -> String {
      try String(contentsOfFile: folder + run + "/metrics.jsonl", encoding: .utf8)
    }
    try withTemporaryFolder { whole in
      #expect(try program.run([], in: whole).output == "a new run\nfinished after step 80\n")
      try withTemporaryFolder { folder in
        let running = try program.start([], in: folder)
        // Until it is in its second epoch.
        while running.process.isRunning, (try? log(folder))?.contains("\"step\":25") != true {
          Thread.sleep(forTimeInterval: 0.005)
        }
        kill(running.process.processIdentifier, SIGINT)
        let stopped = try running.wait()
        #expect(stopped.status == 130, "\(stopped.errors)")
        let match = try #require(
          stopped.output.firstMatch(of: #/a new run\nstopped after step ([0-9]+); start the program again/#))
        let continued = try program.run([], in: folder)
        #expect(continued.output == "continuing after step \(match.1)\nfinished after step 80\n", "\(continued.errors)")
        #expect(try weights(folder) == weights(whole))
        #expect(try objects(log(folder)).compactMap { $0["step"] as? Int } == Array(1...80))
      }
    }
  }

  @Test func aRecordAnswersAProgramAndAReader() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program(name: "TutorialReadingAReport").run([], in: folder)
      #expect(outcome.status == 0 && outcome.output.matches(of: #/epoch [1-4]: loss/#).count == 4)
      #expect(outcome.output.contains("\nmost often wrong: "))
      let page = try String(contentsOfFile: folder + "/reading-a-report/report.html", encoding: .utf8)
      #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("a first look") && page.contains("<dd>unet</dd>"))
    }
  }
}
