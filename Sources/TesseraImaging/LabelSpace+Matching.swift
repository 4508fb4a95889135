extension LabelSpace {
  /// How the classes of one space are found in another.
  package enum Match: Equatable, Sendable {
    /// Every index means the same class.
    case same
    /// The same names in another order: entry k is the other's index of class k.
    case reordered([Int])
    /// Other classes; each difference in a few words.
    case different([String])
  }

  /// The maximum number of classes in data: a confusion matrix of this many takes 128 MiB.
  package static let mostClasses = 4096

  /// Whether the class is unnamed: `class 3` is only a number, which matches any name.
  private static func isUnnamed(_ name: String, _ index: Int) -> Bool { name == "class \(index)" }

  /// Whether all classes are unnamed.
  package var isUnnamed: Bool { classes.enumerated().allSatisfy { Self.isUnnamed($1.name, $0) } }

  private static func key(_ name: String) -> String { name.lowercased() }

  /// Compares what the indices mean, by the classes' names; case and colors do not matter.
  ///
  /// - Parameters:
  ///   - other: the space whose indices are wanted.
  ///   - own: what this space is called in differences.
  ///   - others: what `other` is called.
  package func match(with other: LabelSpace, own: String, others: String) -> Match {
    let (mine, theirs) = (classes.map(\.name), other.classes.map(\.name))
    guard mine.count == theirs.count else {
      return .different(["\(own) has \(mine.count) classes, \(others) \(theirs.count)"])
    }
    let differing = mine.indices.filter { index in
      // What is void in both is not a class in either, whatever it is called.
      !(index == void && index == other.void)
        && !Self.isUnnamed(mine[index], index) && !Self.isUnnamed(theirs[index], index)
        && Self.key(mine[index]) != Self.key(theirs[index])
    }
    if differing.isEmpty { return .same }
    let places = Dictionary(theirs.indices.map { (Self.key(theirs[$0]), $0) }) { first, _ in first }
    let order = mine.compactMap { places[Self.key($0)] }
    if order.count == mine.count && Set(order).count == mine.count { return .reordered(order) }
    return .different(
      differing.map { "class \($0) is \"\(mine[$0])\" in \(own) and \"\(theirs[$0])\" in \(others)" })
  }

  /// Which output of networks for another space each output for this one is, by the classes' names, and the names of
  /// classes that those have no output for; void has none where the other has none for its void.
  package func outputs(in other: LabelSpace) -> (places: [Int?], missing: [String]) {
    let names = Dictionary(other.classes.enumerated().map { (Self.key($1.name), $0) }) { first, _ in first }
    let match = match(with: other, own: "", others: "")
    let theirs = Dictionary(uniqueKeysWithValues: other.outputs.enumerated().map { ($1, $0) })
    var missing: [String] = []
    let places = outputs.map { index -> Int? in
      if index == void { return other.voidOutput }
      let found =
        switch match {
        case .same: index as Int?
        case .reordered(let order): order[index]
        case .different: names[Self.key(name(of: index))]
        }
      let place = found.flatMap { $0 == other.void ? nil : theirs[$0] }
      if place == nil { missing.append(name(of: index)) }
      return place
    }
    return (places, missing)
  }
}
