import ArgumentParser
import Tessera

/// Options that a table declares.
protocol OptionTable {
  static var declarations: [OptionDeclaration] { get }
}

/// The options of a table, as options of the command line.
///
/// The parser finds options by reflection and passes their values on as a decoder does. Here both are given by the
/// table, so an option is declared once, and help, completion and suggestions know it.
struct TableOptions<Table: OptionTable>: ParsableArguments, CustomReflectable {
  /// What the user gave, by the options' names.
  let words: [String: [String]]

  init() { words = [:] }

  init(from decoder: any Decoder) throws {
    let given = try decoder.container(keyedBy: NamedKey.self)
    words = try Table.declarations.reduce(into: [:]) { $0[$1.name] = try $1.words(given) }
  }

  var customMirror: Mirror { Mirror(self, children: Table.declarations.map { ($0.name, $0.wrapper) }) }
}

/// An option as the parser finds it, and how the parser hands over the words that were given for it.
struct OptionDeclaration {
  let name: String
  let wrapper: Any
  let words: (KeyedDecodingContainer<NamedKey>) throws -> [String]

  private init<Wrapper: Decodable>(_ name: String, _ wrapper: Wrapper, words: @escaping (Wrapper) -> [String]) {
    (self.name, self.wrapper) = (name, wrapper)
    self.words = { words(try $0.decode(Wrapper.self, forKey: NamedKey(name))) }
  }

  /// - Parameters:
  ///   - otherName: also stands for it.
  ///   - standard: the word of the value that counts unless one is given.
  ///   - words: all that there are, if its type does not know them.
  init<Root>(
    _ name: String, or otherName: String? = nil, _ option: TypedOption<Root>, help: String, standard: String?,
    words: [String] = []
  ) {
    let help = ArgumentHelp(help, valueName: option.valueName)
    let completion: CompletionKind? =
      switch option.path {
      case .folder: .directory
      case .file(let extensions): .file(extensions: extensions)
      case .fileOrList, nil: words.isEmpty ? nil : .list(words)
      }
    let names = NameSpecification([name, otherName].compactMap(\.self).map { .customLong($0) })
    self = Self.declaration(name, names, option.form, of: option.type, help, completion, standard)
  }

  private static func declaration<Value: OptionValue>(
    _ name: String, _ names: NameSpecification, _ form: OptionForm, of type: Value.Type, _ help: ArgumentHelp,
    _ completion: CompletionKind?,
    _ standard: String?
  ) -> OptionDeclaration {
    switch form {
    case .flag:
      return OptionDeclaration(name, Flag<Bool>(wrappedValue: false, name: names, help: help)) {
        $0.wrappedValue ? [true.word] : []
      }
    case .list:
      let wrapper = Option<[Word<Value>]>(wrappedValue: [], name: names, help: help, completion: completion)
      return OptionDeclaration(name, wrapper) { $0.wrappedValue.map(\.text) }
    case .value:
      guard let standard else {
        let wrapper = Option<Word<Value>?>(name: names, help: help, completion: completion)
        return OptionDeclaration(name, wrapper) { $0.wrappedValue.map { [$0.text] } ?? [] }
      }
      let wrapper = Option(
        wrappedValue: Word<Value>(standard: standard), name: names, help: help, completion: completion)
      return OptionDeclaration(name, wrapper) { $0.wrappedValue.isGiven ? [$0.wrappedValue.text] : [] }
    }
  }
}

/// A word of the command line that stands for a value.
private struct Word<Value: OptionValue>: ExpressibleByArgument {
  let text: String
  let isGiven: Bool

  init(standard: String) { (text, isGiven) = (standard, false) }

  init?(argument: String) {
    let isJudgedLater = Value.isNumber || Value.complaint(about: argument) != nil
    guard isJudgedLater || Value.read(argument) != nil else { return nil }
    (text, isGiven) = (argument, true)
  }

  var defaultValueDescription: String { text }
  static var allValueStrings: [String] { Value.words }
  static var defaultCompletionKind: CompletionKind { Value.words.isEmpty ? .default : .list(Value.words) }
}
