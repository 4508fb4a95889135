import Foundation
import TesseraTraining
import Testing

/// What follows from one entry of the table of settings: the option in the help, the key in the record, and what
/// `--resume` makes of another value.
@Suite struct OptionTableTests {
  private static let options = RunSetting.all.filter { $0.option != nil }

  private static func isOfBackbone(_ setting: RunSetting) -> Bool {
    RunSection.backbone.settings.contains { $0.key == setting.key }
  }

  @Test(arguments: [(Program.unet, false), (.fcnn, true)])
  func helpListsEveryOptionUnderTheTitleOfItsSection(program: Program, hasBackbone: Bool) throws {
    try withTemporaryFolder { folder in
      let help = try program.run(["--help"], in: folder, environment: ["COLUMNS": "200"]).output
      for section in RunSection.all {
        let title = section.title.isEmpty ? "OPTIONS:" : "\n\(section.title.uppercased()):"
        let part = try #require(help.components(separatedBy: title).last).components(separatedBy: "\n\n")[0]
        for setting in section.settings {
          guard let option = setting.option else { continue }
          let names = [setting.optionName, setting.otherName].compactMap { $0.map { "--" + $0 } }
          let isListed = part.components(separatedBy: "\n  ").contains { line in
            line == names.joined(separator: ", ") || line.hasPrefix(names.joined(separator: ", ") + " ")
          }
          #expect(isListed == (hasBackbone || !Self.isOfBackbone(setting)), "--\(setting.optionName)")
          let words = part.split(whereSeparator: \.isWhitespace).joined(separator: " ")
          #expect(!isListed || words.contains(setting.help))
          if let standard = option.standard(TrainingOptions()) { #expect(words.contains("default: \(standard))")) }
        }
      }
    }
  }

  /// Runs that together give every option of a network without a backbone.
  private static let runs = [
    "--data data --cache cache --augmentation none --schedule cosine --final-rate 0.0001 --optimizer adamw --weight-decay "
      + "0.01 --warm-up 1 --clip-norm 1 --freeze encoder.0 --rate-of encoder=0.5 --average-decay 0.5 --loader-threads 1",
    "--schedule step --decay-factor 0.5 --decay-steps 2 --clip-value 1 --class-weights 1,2,3,4,5,6,7,8,9,10 --patience 9 "
      + "--loss cross-entropy+0.5*dice --max-memory 8G --micro-batch 1 --recompute",
    "--schedule plateau --plateau-patience 2 --void 1 --initial-weights 1/checkpoints/best.safetensors --time-limit 60",
    "--data both --layout folder --void 255 --held-out 0.3 --classes-map map.txt --only-classes L,R",
    "--data data --add-data copy --training-list list.txt --framing pad",
    "--teacher 1/checkpoints/best.safetensors --teacher-weight 0.25 --temperature 3",
  ]

  /// For each option a run, and another value than it was started with; an empty one for a flag.
  private static let changes: [String: (run: Int, value: String)] = [
    "initial-weights": (1, "2/checkpoints/best.safetensors"), "data": (0, "copy"), "void": (1, "3"),
    "no-void-output": (2, ""),
    "image-size": (1, "16"), "framing": (4, "crop"), "augmentation": (0, "flip"), "no-shuffle": (1, ""),
    "cache": (0, "elsewhere"),
    "batch-size": (1, "3"), "epochs": (1, "1"), "steps-per-epoch": (1, "2"), "validation-steps": (1, "2"),
    "optimizer": (0, "sgd"), "learning-rate": (1, "0.0005"), "seed": (1, "6"), "threads": (1, "2"),
    "loader-threads": (0, "2"), "schedule": (0, "polynomial"), "warm-up": (0, "2"), "final-rate": (0, "0"),
    "decay-factor": (1, "0.25"), "decay-steps": (1, "1"), "plateau-patience": (2, "1"), "accumulate": (1, "2"),
    "weight-decay": (0, "0"), "no-bias-decay": (0, ""), "clip-norm": (0, "2"), "clip-value": (1, "2"),
    "average-decay": (0, "0.75"), "freeze": (0, "encoder.1"), "rate-of": (0, "encoder=0.25"),
    "loss": (1, "cross-entropy"), "label-smoothing": (1, "0.5"), "class-weights": (1, "1,1,1,1,1,1,1,1,1,1"),
    "save-every": (1, "1"),
    "keep-best": (1, "2"), "patience": (1, "8"), "time-limit": (2, "50"), "histograms": (1, "2"),
    "no-tensorboard": (1, ""), "layout": (3, "ade20k"), "add-data": (4, "third"), "held-out": (3, "0.5"),
    "training-list": (4, "list2.txt"), "classes-map": (3, "map2.txt"), "only-classes": (3, "R,L"),
    "max-memory": (1, "9G"), "micro-batch": (1, "2"), "recompute": (1, ""),
    "teacher": (5, "moved.safetensors"), "teacher-weight": (5, "0.5"), "temperature": (5, "2"),
  ]

  @Test func theRecordHoldsEveryOptionAndResumingComparesWhatCounts() throws {
    try withTemporaryFolder { folder in
      try writeDataset(at: folder + "/data", count: 10)
      for name in ["copy", "third", "both"] {
        try FileManager.default.copyItem(atPath: folder + "/data", toPath: "\(folder)/\(name)")
      }
      try FileManager.default.copyItem(atPath: folder + "/both/masks", toPath: folder + "/both/annotations")
      for name in ["map", "map2"] { try write("left = L\nright = R\n", to: "\(folder)/\(name).txt") }
      for name in ["list", "list2"] { try write("data-0\ncopy-1\ncopy-2\n", to: "\(folder)/\(name).txt") }
      var recorded: Set<String> = []
      for (number, run) in Self.runs.enumerated() {
        let words = tinyRun + ["--threads", "1", "--output", "\(number)"] + run.split(separator: " ").map(String.init)
        let outcome = try Program.unet.run(words, in: folder)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let record = try JSONSerialization.jsonObject(with: contents("\(folder)/\(number)/config.json"))
        recorded.formUnion(try #require(record as? [String: Any]).keys)
      }
      try FileManager.default.copyItem(
        atPath: folder + "/1/checkpoints/best.safetensors", toPath: folder + "/moved.safetensors")
      // What resumes a run, or trains a part of it, is no option of the run; what void is follows from the classes.
      let ofThisCommand: Set = ["output", "resume", "acceptChangedData", "stopAfter", "until"]
      // One process refuses it.
      let ofRanks: Set = ["synchronizesBatchNorm"]
      for setting in RunSetting.all where setting.option != nil {
        if Self.isOfBackbone(setting) || ofRanks.contains(setting.key) { continue }
        #expect(recorded.contains(setting.key) == setting.isRecorded, "\(setting.key)")
        if ofThisCommand.contains(setting.key) { continue }
        let change = try #require(Self.changes[setting.optionName], "--\(setting.optionName)")
        let words = ["--\(setting.optionName)"] + (change.value.isEmpty ? [] : [change.value])
        let outcome = try Program.unet.run(["--resume", "--output", "\(change.run)"] + words, in: folder)
        if setting.role == .free {
          #expect(outcome.status == 0, "\(words): \(outcome.errors)")
        } else {
          #expect(outcome.status == 1)
          let name = setting.key.hasPrefix("labelSpace.") ? "the classes" : setting.messageName
          #expect(outcome.errors.contains("\n  \(name): "), "\(words): \(outcome.errors)")
        }
      }
      let others = RunSection.backbone.settings.count + ofThisCommand.count + ofRanks.count
      #expect(Self.changes.count == Self.options.count - others)
    }
  }
}
