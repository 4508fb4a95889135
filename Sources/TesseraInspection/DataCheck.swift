/// One thing that is looked at in a data set: the list of these is what the inspection does.
package struct DataCheck: Sendable {
  /// The word for it, in JSON and in the names of lists.
  package let name: String
  /// What it looks for.
  package let purpose: String
  let find: @Sendable (DataInspection) -> [DataFinding]

  init(_ name: String, _ purpose: String, find: @escaping @Sendable (DataInspection) -> [DataFinding]) {
    (self.name, self.purpose, self.find) = (name, purpose, find)
  }

  /// In the order in which findings of one severity are shown.
  package static let all: [DataCheck] =
    [opening, pairing, reading, leftOut, unreadable, sizes] + [colors, values, interpolation] + [alignment, misplaced]
    + [leaks, duplicates] + [void, blank, inks, rotation, transparency, formats, gray]
    + [survey, vanishing, balance]
}
