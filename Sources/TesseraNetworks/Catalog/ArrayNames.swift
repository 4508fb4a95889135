extension [String] {
  /// A few names of arrays; of many, the first ones and the number of the others.
  package var firstFew: String {
    count < 7 ? joined(separator: ", ") : "\(prefix(3).joined(separator: ", ")) and \(count - 3) others"
  }

  /// A few names of arrays; many of few parts are counted part by part: `decoder (40 arrays), scale`.
  package var countedByPart: String {
    let parts = Dictionary(grouping: self) { String($0.prefix { $0 != "." && $0 != "/" }) }
    guard count >= 7, parts.count < 4 else { return firstFew }
    return parts.sorted { $0.key < $1.key }.map { part, names in
      names.count == 1 ? names[0] : "\(part) (\(names.count) arrays)"
    }.joined(separator: ", ")
  }
}
