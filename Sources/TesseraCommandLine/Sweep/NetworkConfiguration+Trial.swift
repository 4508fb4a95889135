import ArgumentParser
import Foundation
import Tessera
import TesseraReports

// The options of a training, as a sweep's file gives them.
extension NetworkConfiguration {
  /// What a sweep decides itself, or what would end a trial at another time in every repetition.
  private static var reserved: Set<String> {
    ["output", "resume", "accept-changed-data", "stop-after", "time-limit", "until"]
  }

  /// What is wrong with an option's value, in sentences.
  static func problems(with value: JSONValue, of name: String) -> [String] {
    if reserved.contains(name) {
      return ["\(name) cannot be given: a sweep starts, stops and resumes its trials itself"]
    }
    guard let option = trialOption(name) else {
      if let advice = lacks(name) { return [advice] }
      let near = Suggestion.nearest(to: name, in: trialOptionNames).map { "did you mean \($0)?" }
      return ["unknown option \"\(name)\"; " + (near ?? "'train \(Self.name) --help' lists them")]
    }
    switch (value, option.form) {
    case (.null, _), (.bool(false), .flag), (.bool(true), .flag): return []
    case (_, .flag): return ["\(name) takes no value: give true, or false to leave it out; got \(value.text)"]
    case (.array(let values), .list): return values.flatMap { problems(with: $0, of: name) }
    case (.number(let word), _), (.string(let word), _): return option.complaint(word).map { ["\(name) \($0)"] } ?? []
    default: return ["\(name) takes a number or a text; got \(value.text)"]
    }
  }

  /// Whether an option counts things.
  static func isWhole(_ name: String) -> Bool {
    trialOption(name).map { $0.type is Int.Type || $0.type is UInt64.Type } ?? false
  }

  /// Parses the words of a trial as 'train' would, and looks at all of its rules that need no data.
  ///
  /// - Returns: the number of epochs.
  /// - Throws: an error whose message ``message(for:)`` gives.
  static func checkTrial(_ words: [String]) throws -> Int {
    let groups = try TrainCommand<Self>.parse(ArgumentList.withNegativeNumbers(words)).groups
    var options = try groups.trainingOptions()
    let beginning = try inFile(of: options)
    try beginning?.requireTrainable(in: options)
    let multiple = try groups.configuration(classes: 1, from: beginning).sizeMultiple
    try requireMultiple("--image-size", options.imageSize, of: multiple, for: name)
    // They depend on the data's classes.
    options.classWeights = nil
    // Of an unknown number of steps, only what is wrong with any number is found.
    let steps = options.stepsPerEpoch == 0 ? 1_000_000 : options.stepsPerEpoch
    let classes = LabelSpace(names: ["any"], void: nil)
    _ = try Recipe(options, stepsPerEpoch: steps, classes: classes) { throw CancellationError() }
    return options.epochs
  }

  /// What the parser, or the trainer, says about a trial.
  static func message(for error: any Error) -> String {
    let message = TrainCommand<Self>.message(for: error)
    return lacks(inMessage: message) ?? message
  }

  private static func trialOption(_ name: String) -> TrialOption? {
    if let own = options.first(where: { $0.name == name }) {
      return TrialOption(own.option) { Self(classes: 1) }
    }
    let setting = RunSetting.all.first { $0.optionName == name || $0.otherName == name }
    let isOfBackbone = RunSection.backbone.settings.contains { $0.key == setting?.key }
    return isOfBackbone && backbone == nil ? nil : setting?.option.map { TrialOption($0) { TrainingOptions() } }
  }

  private static var trialOptionNames: [String] {
    options.map(\.name) + RunSetting.all.filter { $0.option != nil }.map(\.optionName)
  }
}

/// An option of a training, wherever its value is kept.
private struct TrialOption {
  let form: OptionForm
  let type: any OptionValue.Type
  /// Why a word cannot be its value, in words that follow its name.
  let complaint: (String) -> String?

  init<Root: Sendable>(_ option: TypedOption<Root>, in root: @escaping () -> Root) {
    (form, type) = (option.form, option.type)
    let type = option.type
    complaint = { word in
      if type.read(word) == nil, type.complaint(about: word) == nil, !type.words.isEmpty {
        let near = Suggestion.nearest(to: word, in: type.words).map { "; did you mean \($0)?" } ?? ""
        return "must be one of \(type.words.joined(separator: ", ")); got \(word)\(near)"
      }
      var root = root()
      return option.take(word, &root)
    }
  }
}
