/// An option of a type that holds several: how it is written, what it may be, and where its value is kept.
///
/// From it follow the option of the command line with its help and completion, and the value's entry in a record.
package struct TypedOption<Root: Sendable>: Sendable {
  /// What is at the path that a word names; with `fileOrList` the word may also be a list itself.
  package enum Path: Sendable {
    case folder
    case file(extensions: [String])
    case fileOrList
  }

  package let form: OptionForm
  /// What a word stands for.
  package let type: any OptionValue.Type
  /// What help calls the word; `nil` for the option's own name.
  package let valueName: String?
  /// `nil` if the words are no paths.
  package let path: Path?
  /// What it must be, in words that follow "must".
  let rule: String
  /// Keeps a word's value, or says why it cannot be, in words that follow the option's name.
  package let take: @Sendable (_ word: String, _ root: inout Root) -> String?
  /// What a record holds; `nil` if nobody chose.
  package let recorded: @Sendable (Root) -> (any Encodable)?
  /// The word of the value that counts unless one is given; `nil` if the help says what does.
  package let standard: @Sendable (Root) -> String?

  init<Value: OptionValue>(
    _ form: OptionForm, _ valueName: String?, must rule: OptionRule<Value> = .any, at path: Path? = nil,
    take: @escaping @Sendable (inout Root, Value) -> Void,
    recorded: @escaping @Sendable (Root) -> (any Encodable)?,
    standard: @escaping @Sendable (Root) -> String? = { _ in nil }
  ) {
    (self.form, self.type, self.valueName, self.path) = (form, Value.self, valueName, path)
    (self.rule, self.recorded, self.standard) = (rule.words, recorded, standard)
    self.take = { word, root in
      guard let value = Value.read(word) else {
        return Value.complaint(about: word) ?? "must \(rule.words); got \(word)"
      }
      if let complaint = rule.complaint(about: value) { return complaint }
      take(&root, value)
      return nil
    }
  }

  /// A value that there always is.
  ///
  /// - Parameter recorded: what a record holds of it; `nil` where that says no more than records of earlier versions.
  package static func value<Value: OptionValue>(
    _ path: WritableKeyPath<Root, Value> & Sendable, _ valueName: String?, must rule: OptionRule<Value> = .any,
    recording recorded: @escaping @Sendable (Value) -> Value? = { $0 }
  ) -> TypedOption {
    TypedOption(
      .value, valueName, must: rule, take: { $0[keyPath: path] = $1 },
      recorded: { root in recorded(root[keyPath: path]).map { $0 as any Encodable } },
      standard: { $0[keyPath: path].word })
  }

  /// A value that may be left open.
  package static func value<Value: OptionValue>(
    optional path: WritableKeyPath<Root, Value?> & Sendable, _ valueName: String, must rule: OptionRule<Value> = .any,
    at place: Path? = nil
  ) -> TypedOption {
    TypedOption(
      .value, valueName, must: rule, at: place, take: { $0[keyPath: path] = $1 },
      recorded: { $0[keyPath: path].map { $0 as any Encodable } })
  }

  /// Sets `path` to `value` when it is given.
  ///
  /// - Parameter recordedIfSet: whether a record says nothing unless it is given, as those of earlier versions.
  package static func flag(
    _ path: WritableKeyPath<Root, Bool> & Sendable, sets value: Bool = true, recordedIfSet: Bool = false
  ) -> TypedOption {
    TypedOption(
      .flag, nil, take: { (root, _: Bool) in root[keyPath: path] = value },
      recorded: { recordedIfSet && $0[keyPath: path] != value ? nil : $0[keyPath: path] })
  }

  /// Can be given several times; `take` adds a value.
  package static func list<Value: OptionValue>(
    _ valueName: String, at place: Path? = nil, take: @escaping @Sendable (inout Root, Value) -> Void,
    recorded: @escaping @Sendable (Root) -> (any Encodable)?
  ) -> TypedOption {
    TypedOption(.list, valueName, at: place, take: take, recorded: recorded)
  }
}

/// How often an option can be given, and whether a word follows.
package enum OptionForm: Sendable { case value, list, flag }

/// A key that a table gives.
package struct NamedKey: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(_ name: String) { stringValue = name }
  package init(stringValue: String) { self.init(stringValue) }
  package init?(intValue: Int) { nil }
}
