import TesseraDatasets

/// How the user names a data set on the command line, from which follow the commands of remedies.
package struct DataInvocation: Sendable {
  let program: String
  private let network: String
  package let data: String
  /// The options about data that were given: names with their values.
  let options: [(name: String, value: String)]
  /// Where lists of files are written.
  let lists: String

  /// - Parameters:
  ///   - program: the program's name.
  ///   - network: the network that commands train, by its name.
  ///   - data: the data set's folder.
  ///   - options: the options about data that were given, in order.
  ///   - lists: the folder of the lists; `nil` if none was named.
  package init(
    program: String, network: String, data: String, options: [(name: String, value: String)], lists: String? = nil
  ) {
    (self.program, self.network, self.data, self.options) = (program, network, data, options)
    self.lists = lists ?? "doctor-lists"
    hasLists = lists != nil
  }

  private let hasLists: Bool

  /// The option's value, if it was given.
  func value(of name: String) -> String? { options.last { $0.name == name }?.value }

  /// A training on the data with more options, which replace those of the same name.
  func training(_ more: [(name: String, value: String)]) -> String {
    command(["train", network, "--data", data], more)
  }

  private func command(_ words: [String], _ more: [(name: String, value: String)]) -> String {
    let kept = options.filter { option in !more.contains { $0.name == option.name } }
    return ([program] + words + (kept + more).flatMap { [$0.name, $0.value] }).map(\.quotedForShell)
      .joined(separator: " ")
  }

  /// What writes the lists, with `; ` behind it; nothing if they are being written.
  private var writingLists: String {
    hasLists ? "" : command(["doctor", data], [("--lists", lists)]) + "; "
  }

  /// A training on the pictures that have no faults.
  func trainingWithoutFaults(_ kinds: [DatasetSplit]) -> String {
    let options: [(name: String, value: String)] = kinds.map {
      ($0 == .training ? "--training-list" : "--held-out", "\(lists)/\($0.rawValue).txt")
    }
    return writingLists + training(options)
  }

  /// A command for a few files by name, for many by the list of a check.
  func command(_ words: [String], for files: [String], of check: String) -> String {
    let words = words.map(\.quotedForShell).joined(separator: " ")
    let mostNamed = 6
    if files.count <= mostNamed { return "\(words) " + files.map(\.quotedForShell).joined(separator: " ") }
    return writingLists + "xargs -d '\\n' -a \("\(lists)/\(check).txt".quotedForShell) \(words)"
  }

  /// What takes files out of the data set and keeps them: `tar -xPf set-aside.tar` brings them back.
  func settingAside(_ files: [String], of check: String) -> String {
    command(["tar", "--remove-files", "-rPf", "set-aside.tar"], for: files, of: check)
  }

  /// A training with a map of classes of these lines.
  ///
  /// - Parameter countsVoid: whether the lines make a class of the void value, which must then be none.
  func mapping(_ lines: [String], countsVoid: Bool = false) -> String {
    if let map = value(of: "--classes-map") {
      return "printf '%s\\n' \(lines.map(\.alwaysQuotedForShell).joined(separator: " ")) >> \(map.quotedForShell)"
    }
    let file = "classes-map.txt"
    return "printf '%s\\n' \(lines.map(\.alwaysQuotedForShell).joined(separator: " ")) > \(file) && "
      + training([("--classes-map", file)] + (countsVoid ? [("--void", "none")] : []))
  }
}

extension String {
  /// The word as a shell takes it.
  package var quotedForShell: String {
    let isPlain =
      !isEmpty
      && unicodeScalars.allSatisfy { scalar in
        scalar.isASCII
          && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || "-_./=,:+@%".unicodeScalars.contains(scalar))
      }
    return isPlain ? self : alwaysQuotedForShell
  }

  /// The same with quotation marks even where none are needed.
  var alwaysQuotedForShell: String { "'" + replacing("'", with: "'\\''") + "'" }
}
