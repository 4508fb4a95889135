import Foundation
import TesseraCommandLine
import TesseraImaging
import Testing

/// The second line on standard error: what can be done.
@Suite struct HintTests {
  @Test(arguments: [
    ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0), ("ab", "ba", 1),
    ("epcohs", "epochs", 1), ("predict", "predit", 1),
  ])
  func distancesCountEdits(left: String, right: String, expected: Int) {
    #expect(Suggestion.distance(left, right) == expected)
    #expect(Suggestion.distance(right, left) == expected)
  }

  @Test func theNearestIsSuggestedAndNothingFar() {
    let names = ["summary", "download", "predict", "compare", "bench", "bench-data"]
    func nearest(_ word: String) -> String? { Suggestion.nearest(to: word, in: names) }
    #expect(nearest("predit") == "predict" && nearest("PREDICT") == "predict" && nearest("down") == "download")
    #expect(nearest("benhc") == "bench" && nearest("frobnicate") == nil && nearest("x") == nil)
    #expect(Suggestion.nearest(to: "x.png", in: ["a.png", "X.png"]) == "X.png")
    #expect(Suggestion.nearest(to: "x.png", in: ["a.png"]) == nil)
    // What was written is no suggestion.
    #expect(Suggestion.nearest(to: "lo", in: ["lo"]) == nil && nearest("bench") == "bench-data")
    let long = String(repeating: "a", count: 100_000)
    #expect(Suggestion.nearest(to: long, in: names + [long + "b"]) == long + "b")
  }

  /// A folder with a data set and a run, and what goes wrong in it.
  @Test(arguments: [
    ("tessera", ["predit", "x"], "did you mean predict?"),
    ("tessera", ["evaluate", "--data", "datas", "--predictions", "data/masks"], "did you mean data?"),
    ("tessera", ["predict", "--checkpoint", "n.safetensors", "data/image/0.png", "--preview"], "data/images/0.png?"),
    (
      "tessera", ["predict", "--checkpoint", "run/best.safetensors", "data/images/0.png", "--preview"],
      "did you mean run/checkpoints/best.safetensors?"
    ),
    (
      "tessera", ["predict", "--checkpoint=run", "data/images/0.png", "--preview"],
      "run is a folder; its checkpoint is run/checkpoints/best.safetensors"
    ),
    (
      "tessera", ["predict", "--checkpoint", "net.onnx", "data/images/0.png", "--preview"],
      "'tessera import net.onnx --to NAME.safetensors' makes a network in ONNX a checkpoint"
    ),
    ("tessera", ["show-data", "dat"], "did you mean data?"),
    ("unet", ["--optimizer", "adm"], "did you mean adam?"),
    ("unet", ["--data", "dta"], "did you mean data?"),
    ("unet", ["--freeze", "encodr.0"], "did you mean encoder.0?"),
    (
      "tessera", ["download", "vgg16", "--from", "run/checkpoints/best.safetensors"],
      "copy or download it again, or accept it as it is with --any-version"
    ),
  ])
  func aHintFollowsTheError(program: String, arguments: [String], hint: String) throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: "\(folder)/data", count: 3)
      try write("not a checkpoint", to: "\(folder)/run/checkpoints/best.safetensors")
      try write("\u{8}\u{8}\u{12}\u{7}pytorch", to: "\(folder)/net.onnx")
      let outcome = try Program(name: program).run(arguments, in: folder)
      #expect(outcome.status != 0 && outcome.output.isEmpty)
      let lines = outcome.errorLines
      #expect(lines.first?.hasPrefix("Error: ") == true)
      try #require(lines.count >= 2, "\(outcome.errors)")
      #expect(lines[1].hasPrefix("hint: ") && lines[1].hasSuffix(hint), "\(outcome.errors)")
      #expect(lines.count == 2 || outcome.status == 64)
    }
  }

  @Test func colorsAreExplainedByAList() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: "\(folder)/my data", count: 4)
      for number in 0..<4 {
        try Image(width: 20, height: 12, color: Color(9, 0, UInt8(number))).write(
          to: "\(folder)/my data/masks/\(number).png")
      }
      let hint =
        "hint: if the colors stand for classes, my data/class_dict.csv says which (lines name,r,g,b); tessera doctor "
        + "'my data' shows how to write it"
      // With and without a list of names.
      for _ in 0..<2 {
        let outcome = try Program.unet.run(["--data", "my data", "--output", "run"], in: folder)
        #expect(outcome.status == 1 && outcome.errorLines.contains(hint), "\(outcome.errors)")
        try? FileManager.default.removeItem(atPath: "\(folder)/my data/classes.txt")
      }
    }
  }

  @Test func whereThereIsNothingToSayThereIsNoHint() throws {
    try withTemporaryFolder { folder in
      // A link in a circle, and a folder with a checkpoint that nobody spoke of.
      try FileManager.default.createSymbolicLink(atPath: folder + "/lo", withDestinationPath: "lo")
      try write("", to: folder + "/u/checkpoints/best.safetensors")
      try write("", to: folder + "/v/best.safetensors")
      try write("", to: folder + "/w/best.safetensors")
      try write("", to: folder + "/unet.svg")
      for arguments in [
        ["evaluate", "--data", "data", "--predictions", "x"], ["frobnicate"], ["predict"], ["show-data", "lo"],
        ["predict", "--checkpoint", "quux.safetensors", "u", "--preview"],
        ["predict", "--checkpoint", "quux/best.safetensors", "v", "--preview"],
        ["predict", "--checkpoint", "best.safetensors", "v", "--preview"],
        // A refused option is not about the picture of the network.
        ["summary", "unet", "--image-size", "33"],
      ] {
        let outcome = try Program.tessera.run(arguments, in: folder)
        #expect(outcome.status != 0 && !outcome.errors.contains("hint:"), "\(outcome.errors)")
      }
    }
  }

  @Test func errorsAreRedWhereColorsAreForced() throws {
    try withTemporaryFolder { folder in
      let plain = try Program.tessera.run(["predit"], in: folder)
      #expect(!plain.errors.contains("\u{1B}"))
      let colored = try Program.tessera.run(["predit"], in: folder, environment: ["FORCE_COLOR": "1"])
      #expect(colored.errors.hasPrefix("\u{1B}[1;31mError:\u{1B}[0m "))
      #expect(colored.errors.contains("\n\u{1B}[1;36mhint:\u{1B}[0m did you mean predict?\n"))
      let refused = try Program.tessera.run(
        ["predit"], in: folder, environment: ["FORCE_COLOR": "1", "NO_COLOR": "1"])
      #expect(refused.errors == plain.errors)
    }
  }

  @Test func namesReachTheTerminalSpelledOut() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(["report", "a\u{1B}[31mb\r\u{202E}"], in: folder)
      #expect(
        outcome.errors.hasPrefix("Error: there is no folder a\\u{1B}[31mb\\r\\u{202E}; name"), "\(outcome.errors)")
    }
  }

  @Test func helpStaysOnStandardOutput() throws {
    try withTemporaryFolder { folder in
      let help = try Program.tessera.run(["--help"], in: folder)
      #expect(help.status == 0 && help.errors.isEmpty && help.output.hasPrefix("OVERVIEW:"))
    }
  }
}
