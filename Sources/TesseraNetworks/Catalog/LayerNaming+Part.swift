extension LayerNaming {
  /// The names of the layers at or below a property path, as files of the whole network have them; what those files
  /// hold besides is left out.
  ///
  /// - Parameter encoder: the program's names for the part alone, and what else it says of it.
  func restricted(to part: String, of encoder: LayerNaming) -> LayerNaming {
    func head(_ name: String) -> String { String(name.prefix { $0 != "." }) }
    let kept = names.filter { path, _ in path.hasPrefix(part + ".") }
    let others = Set(names.filter { kept[$0.key] == nil }.values.map(head)).subtracting(kept.values.map(head))
    var naming = encoder.nested(at: part, as: "")
    (naming.program, naming.names, naming.leftOut) = (program, kept, leftOut + others.sorted())
    return naming
  }

  /// The names without the first word, if all have the same one, as in files of what lies below it alone.
  var unwrapped: LayerNaming? {
    guard let head = names.values.first?.prefix(while: { $0 != "." }),
      names.values.allSatisfy({ $0.hasPrefix(head + ".") })
    else { return nil }
    var naming = self
    naming.names = names.mapValues { String($0.dropFirst(head.count + 1)) }
    return naming
  }

  /// Each naming once, in the order in which they come; those that leave out different layers are one.
  static func distinct(_ namings: [LayerNaming]) -> [LayerNaming] {
    var found: [LayerNaming] = []
    for naming in namings {
      if let index = found.firstIndex(where: { $0.names == naming.names && $0.variant == naming.variant }) {
        found[index].leftOut += naming.leftOut.filter { !found[index].leftOut.contains($0) }
      } else {
        found.append(naming)
      }
    }
    return found
  }
}
