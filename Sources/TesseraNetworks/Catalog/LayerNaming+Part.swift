extension LayerNaming {
  /// The names of the layers at or below a property path, as files of the whole network have them; what those files
  /// hold besides is left out.
  func restricted(to part: String) -> LayerNaming {
    func head(_ name: String) -> String { String(name.prefix { $0 != "." }) }
    let kept = names.filter { path, _ in path.hasPrefix(part + ".") }
    let others = Set(names.filter { kept[$0.key] == nil }.values.map(head)).subtracting(kept.values.map(head))
    return LayerNaming(program, kept, leavingOut: leftOut + others.sorted())
  }

  /// The names without the first word, if all have the same one, as in files of what lies below it alone.
  var unwrapped: LayerNaming? {
    guard let head = names.values.first?.prefix(while: { $0 != "." }),
      names.values.allSatisfy({ $0.hasPrefix(head + ".") })
    else { return nil }
    return LayerNaming(program, names.mapValues { String($0.dropFirst(head.count + 1)) }, leavingOut: leftOut)
  }

  /// Each naming once, in the order in which they come; those that leave out different layers are one.
  static func distinct(_ namings: [LayerNaming]) -> [LayerNaming] {
    var found: [LayerNaming] = []
    for naming in namings {
      if let index = found.firstIndex(where: { $0.names == naming.names }) {
        let others = naming.leftOut.filter { !found[index].leftOut.contains($0) }
        found[index] = LayerNaming(found[index].program, naming.names, leavingOut: found[index].leftOut + others)
      } else {
        found.append(naming)
      }
    }
    return found
  }
}
