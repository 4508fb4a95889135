import Foundation
import Testing

/// `tessera compare` on runs that a trainer wrote and on folders that are none.
@Suite struct CompareTests {
  private let loss = #"{"event":"step","epoch":1,"step":1,"loss":3,"seconds":0.5}"# + "\n"

  private func writeRun(_ path: String, metrics: String, configuration: String = #"{"model":"fcnn"}"#) throws {
    try write(configuration, to: path + "/config.json")
    try write(metrics, to: path + "/metrics.jsonl")
  }

  private func compare(_ line: String, in folder: String) throws -> Program.Outcome {
    try Program.tessera.run(["compare"] + line.split(separator: " ").map(String.init), in: folder)
  }

  @Test func runsOfTheTrainersAreDrawnAndTold() throws {
    try withTemporaryFolder { folder in
      for (name, optimizer) in [("first", "adam"), ("second", "sgd")] {
        let outcome = try Program.unet.run(
          tinyRun + ["--optimizer", optimizer, "--output", "runs/\(name)"], in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
      }
      let outcome = try compare("runs/first runs/second --output docs/curves.svg", in: folder)
      try #require(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n").map(String.init)
      let rows = lines.map { $0.split(separator: " ").map(String.init) }
      #expect(rows[0].starts(with: ["run", "model", "optimizer", "rate", "steps", "epochs"]))
      #expect(rows[2].starts(with: ["first", "unet", "adam", "0.001", "6", "2"]) && rows[2].count == 14)
      #expect(rows[3].starts(with: ["second", "unet", "sgd", "0.001", "6", "2"]) && !rows[3].contains("-"))
      let best = try #require(Double(rows[2][7]))
      let logged = try objects(String(decoding: contents(folder + "/runs/first/metrics.jsonl"), as: UTF8.self))
        .compactMap { $0["validationLoss"] as? Double }
      #expect(logged.count == 2 && abs((logged.min() ?? 0) - best) < 1e-4)
      // Nothing but the optimizer differs, and what it has.
      #expect(
        Array(rows[4...]) == [
          ["different", "option", "first", "second"], rows[5], ["decaysBiases", "-", "yes"],
          ["optimizer", "adam", "sgd"],
          ["weightDecay", "-", "0"], ["wrote", "docs/curves.svg"],
        ])
      let picture = try String(contentsOfFile: folder + "/docs/curves.svg", encoding: .utf8)
      for text in ["Training loss", "Validation loss", "Validation mean IoU", ">first<", ">second<"] {
        #expect(picture.contains(text))
      }
      #expect(!picture.contains("tc-raw\" "))
    }
  }

  @Test func runsThatBrokeOffAreComparedAsFarAsTheyCame() throws {
    try withTemporaryFolder { folder in
      try writeRun(folder + "/a", metrics: loss + #"{"event":"step","epoch":1,"st"#, configuration: #"{"epochs":3}"#)
      try writeRun(folder + "/b", metrics: loss)
      let outcome = try compare("a b --names one,<two>", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let rows = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(
        rows[2] == ["one", "-", "-", "-", "1", "0", "of", "3"] + Array(repeating: "-", count: 6) + ["0.5", "0.500"])
      #expect(rows[3].starts(with: ["<two>", "fcnn", "-", "-", "1", "0", "-"]))
      #expect(try String(contentsOfFile: folder + "/comparison.svg", encoding: .utf8).contains("&lt;two&gt;"))
    }
  }

  @Test func filesBesideRunsAreLeftOut() throws {
    try withTemporaryFolder { folder in
      for name in ["trial-001", "trial-002"] {
        try writeRun("\(folder)/\(name)", metrics: loss)
        try write("epoch 1", to: "\(folder)/\(name).log")
      }
      let outcome = try compare("trial-001 trial-001.log trial-002 trial-002.log --names a,b", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors == "note: left out 2 files, as runs are folders: trial-001.log, trial-002.log\n")
      expectFailure(
        try compare("trial-001.log trial-002.log", in: folder),
        "Error: trial-001.log is a file, not the folder of a run; name the folder")
    }
  }

  @Test func aPartOfASweepSaysOfHowMany() throws {
    try withTemporaryFolder { folder in
      let trials = (1...12).map { number in
        #"{"options":{"seed":"\#(number)"},"words":["--seed","\#(number)"],"planned":1,"epochs":1,"score":0.\#(number + 10),"#
          + #""state":"finished"}"#
      }
      try write(
        #"{"format":1,"network":"fcnn","metric":"meanIoU","trials":[\#(trials.joined(separator: ","))]}"#,
        to: folder + "/out/sweep.json")
      for number in 1...12 { try writeRun(folder + String(format: "/out/trial-%03d", number), metrics: loss) }
      try writeRun(folder + "/other", metrics: loss)
      let outcome = try compare("out other --output page.html", in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.errors == "note: out: 10 of 12 trials, the best of those that were not stopped\n")
      let page = try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
      #expect(page.contains("Comparison of 11 of 13 runs") && !page.contains("trial-002"))
    }
  }

  @Test func theUsualLossIsNamedBesideOthers() throws {
    try withTemporaryFolder { folder in
      for (name, words) in [("plain", []), ("dice", ["--loss", "dice"])] {
        let outcome = try Program.unet.run(tinyRun + words + ["--output", name], in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
      }
      let outcome = try compare("plain dice", in: folder)
      #expect(outcome.output.contains(#/\nloss +cross-entropy +dice\n/#), "\(outcome.output)")
    }
  }

  @Test func stepsMayBeSmoothedOrNot() throws {
    try withTemporaryFolder { folder in
      try writeRun(folder + "/a", metrics: String(repeating: loss, count: 20))
      for (option, isSmoothed) in [("--smooth 5", true), ("--steps", false), ("--smooth 1", false), ("", false)] {
        try #require(compare("a \(option)", in: folder).status == 0)
        let picture = try String(contentsOfFile: folder + "/comparison.svg", encoding: .utf8)
        #expect(picture.contains("mean over 5 steps") == isSmoothed)
        #expect(picture.contains("class=\"tc-raw") == isSmoothed)
      }
    }
  }

  @Test func aBrokenLineOfALongRunIsToldAndLeftOut() throws {
    try withTemporaryFolder { folder in
      try writeRun(folder + "/a", metrics: loss + loss.replacing("0.5", with: "1e300") + "step 2\n" + loss)
      let reason = "\"seconds\" is 1e+300, which lies outside 0.0...1000000000.0"
      for arguments in ["compare a", "report a"] {
        let outcome = try Program.tessera.run(arguments.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.status == 0)
        #expect(outcome.errors == "Warning: a: metrics.jsonl, line 2 is left out, and 1 more: \(reason)\n")
      }
      #expect(try String(contentsOfFile: folder + "/a/report.html", encoding: .utf8).contains("line 2 is left out"))
    }
  }

  @Test(arguments: [
    ("", "Error: Missing expected argument '<runs> ...'"),
    ("a --names x,y", "Error: --names must name each of the 1 runs; got 2"),
    ("a b --names x,x", "Error: --names must be distinct and not empty; got x,x"),
    ("a --output curves.png", "Error: --output must end in .svg (the curves) or .html (a page); got curves.png"),
    ("a --smooth 0", "Error: --smooth must lie in 1...1000000; got 0"),
    ("a --smooth 3 --steps", "Error: give either --steps or --smooth"),
    ("a --metric beauty", "Error: The value 'beauty' is invalid for '--metric <name>'"),
  ])
  func wrongUsageReturns64(line: String, message: String) throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b"] { try writeRun("\(folder)/\(name)", metrics: loss) }
      let before = try files(in: folder)
      let outcome = try compare(line, in: folder)
      #expect(outcome.status == 64)
      #expect(outcome.errorLines.first?.hasPrefix(message) == true, "\(outcome.errors)")
      #expect(try files(in: folder) == before)
    }
  }

  @Test(arguments: [
    ("a none", "Error: there is no folder none; name the folder of a run, such as runs/unet-2026-01-31-120000"),
    (
      "a .",
      "Error: . is not the folder of a run: it has no config.json and no metrics.jsonl; name one that a trainer wrote"
    ),
    (
      "a broken",
      "Error: broken/metrics.jsonl, line 1: it is not a JSON object; restore or remove the line, or leave the run out"
    ),
    (
      "a empty",
      "Error: the runs have no metric in common: a has loss, empty has none; leave out runs that did not reach their "
        + "first step"
    ),
    (
      "a --metric meanIoU",
      "Error: there is no meanIoU in a; choose --metric among what all runs have: loss"
    ),
    ("a --output a/config.json/x.svg", "Error: a/config.json is a file, not a folder; choose another --output"),
    ("a --output taken.svg", "Error: taken.svg cannot be written: "),
  ])
  func whatCannotBeComparedIsOneLine(line: String, message: String) throws {
    try withTemporaryFolder { folder in
      try writeRun(folder + "/a", metrics: loss)
      try writeRun(folder + "/broken", metrics: "step 2\n")
      try writeRun(folder + "/empty", metrics: "")
      try FileManager.default.createDirectory(atPath: folder + "/taken.svg/inside", withIntermediateDirectories: true)
      let outcome = try compare(line, in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix(message), "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }
  }
}
