import Foundation
import Tessera
import TesseraTerminal

/// What can be done about an error, in one line.
enum Hint {
  /// - Parameters:
  ///   - isUsage: whether the command line itself is refused.
  ///   - message: the error's own text.
  ///   - arguments: the command line.
  ///   - subcommands: the names of what the program can do.
  static func line(
    for error: any Error, isUsage: Bool, message: String, arguments: [String], subcommands: [String]
  ) -> String? {
    if let error = error as? any HintedError { return error.hint }
    if let hint = importing(error) ?? spelling(error, message, arguments, subcommands) { return hint }
    // A refused option is not about files, whatever names there are.
    let words = Array(arguments.drop { subcommands.contains($0) || NetworkCatalog.current[$0] != nil })
    return isUsage ? nil : colors(error, words) ?? missingPath(message, words) ?? folderForFile(message, words)
  }

  /// Where a checkpoint is expected, but the file is a network of another program.
  private static func importing(_ error: any Error) -> String? {
    switch error as? SafeTensorsError {
    case .truncated(let file, _, _)?, .headerTooLong(let file, _)?, .invalidHeader(let file, _)?:
      file.lowercased().hasSuffix(".onnx")
        ? "'tessera import \(file) --to NAME.safetensors' makes a network in ONNX a checkpoint" : nil
    default: nil
    }
  }

  /// Masks hold colors, and no list in the data's folder says what these mean.
  private static func colors(_ error: any Error, _ arguments: [String]) -> String? {
    let complaints =
      switch error as? DatasetError {
      case .unreadableMasks(_, let masks)?: masks.map { "\($0.file): \($0.reason)" }
      case .unusableFiles(let files)?: files
      default: [String]()
      }
    guard let mask = complaints.first(where: { $0.contains(": holds colors; ") }),
      let data = values(arguments).filter({ mask.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") })
        .max(by: { $0.count < $1.count })
    else { return nil }
    let list = (data as NSString).appendingPathComponent(ClassListFormat.colorTableName)
    return
      "if the colors stand for classes, \(list) says which (lines name,r,g,b); tessera doctor "
      + "\(data.quotedForShell) shows how to write it"
  }

  private static func spelling(
    _ error: any Error, _ message: String, _ arguments: [String], _ subcommands: [String]
  ) -> String? {
    if let rules = error as? ParameterRulesError {
      return rules.unmatched.lazy.compactMap { name in
        let top = name.prefix { $0 != "." }
        return Suggestion.nearest(to: String(top), in: rules.topLevelNames).map { $0 + name.dropFirst(top.count) }
      }.first { !rules.unmatched.contains($0) }.map(didYouMean)
    }
    if let word = arguments.first, !word.hasPrefix("-"), !subcommands.contains(word),
      let name = Suggestion.nearest(to: word, in: subcommands)
    {
      return didYouMean(name)
    }
    // The parser's own words: The value 'x' is invalid for '--y <z>'. Please provide one of 'a', 'b' or 'c'.
    // Of many choices, each is a line of its own.
    if let match = message.firstMatch(of: /The value '([^']*)' is invalid for .* Please provide one of ((?:.|\n)*)/) {
      let choices = match.2.matches(of: /'([^']*)'|\n  - (\S+)/).compactMap { ($0.1 ?? $0.2).map(String.init) }
      return Suggestion.nearest(to: String(match.1), in: choices).map(didYouMean)
    }
    if message.contains("--augmentation"), let name = misspelledStep(arguments) { return didYouMean(name) }
    if message.contains("--loss"), let name = misspelledLoss(arguments) { return didYouMean(name) }
    if message.hasPrefix("The value '-"), message.contains(/^The value '-[0-9.]+' is invalid/) {
      return "it must not be negative"
    }
    // Its words for a size.
    if message.contains(" <size>'"), message.hasPrefix("The value ") {
      let sides = ImageSize.sides
      return
        "a size is a side or width x height, such as 128 or 480x360, in \(sides.lowerBound)...\(sides.upperBound) pixels"
    }
    return nil
  }

  /// The word of an augmentation that was probably meant.
  private static func misspelledStep(_ arguments: [String]) -> String? {
    guard let list = word(of: "--augmentation", in: arguments) else { return nil }
    do throws(AugmentationError) {
      _ = try Augmentation(parsing: list)
      return nil
    } catch {
      let words = Augmentation.allCases.map(\.rawValue) + Augmentation.stepWords.map(\.word)
      let names = words.map { String($0.prefix { $0 != "=" }) }
      return error.unknownName.flatMap { Suggestion.nearest(to: $0, in: names) }
    }
  }

  /// The loss that was probably meant.
  private static func misspelledLoss(_ arguments: [String]) -> String? {
    guard let sum = word(of: "--loss", in: arguments) else { return nil }
    do throws(LossError) {
      _ = try SegmentationLoss(parsing: sum)
      return nil
    } catch {
      return error.unknownName.flatMap { Suggestion.nearest(to: $0, in: SegmentationLoss.words) }
    }
  }

  /// What was given for an option.
  private static func word(of option: String, in arguments: [String]) -> String? {
    let joined = arguments.last { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.count + 1)) }
    return joined ?? arguments.lastIndex(of: option).flatMap { arguments.dropFirst($0 + 1).first }
  }

  /// A path that the message names and that is not there.
  private static func missingPath(_ message: String, _ arguments: [String]) -> String? {
    values(arguments).lazy.filter { isNamed($0, in: message) && Double($0) == nil }
      .filter { !FileManager.default.fileExists(atPath: $0) }
      .compactMap { MissingPath(path: $0).suggestion }.first.map(didYouMean)
  }

  /// A run's folder given where its checkpoint is wanted.
  private static func folderForFile(_ message: String, _ arguments: [String]) -> String? {
    for path in values(arguments)
    where ["\(path): cannot be read", "\(path) cannot be read"].contains(where: message.hasPrefix) {
      for place in ["best.safetensors", "checkpoints/best.safetensors", "checkpoints/last.safetensors"] {
        let file = (path as NSString).appendingPathComponent(place)
        if FileManager.default.fileExists(atPath: file) { return "\(path) is a folder; its checkpoint is \(file)" }
      }
    }
    return nil
  }

  /// Whether a message names a path, not a longer one or a word that contains it.
  private static func isNamed(_ path: String, in message: String) -> Bool {
    func isPart(_ character: Character) -> Bool {
      character.isLetter || character.isNumber || "/._-~".contains(character)
    }
    guard !path.isEmpty else { return false }
    return message.ranges(of: path).contains { place in
      let before = message[..<place.lowerBound].last
      // A period after a path ends a sentence.
      let after = message[place.upperBound...].drop { $0 == "." }.first
      return !(before.map(isPart) ?? false) && !(after.map(isPart) ?? false)
    }
  }

  private static func values(_ arguments: [String]) -> [String] {
    arguments.map { word in
      guard word.hasPrefix("--"), let sign = word.firstIndex(of: "=") else { return word }
      return String(word[word.index(after: sign)...])
    }
  }

  private static func didYouMean(_ name: String) -> String { "did you mean \(name)?" }
}
