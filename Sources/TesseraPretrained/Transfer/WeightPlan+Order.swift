import TesseraNetworks

extension WeightPlan {
  /// The first layer, in the network's order, that does not fit, and which kinds of layers are too many or too few;
  /// `nil` if everything fits.
  ///
  /// Where layers are found by their order, whatever follows the first one that differs differs as well.
  func firstDifference(from file: any WeightsFile) -> String? {
    guard let mismatch else { return nil }
    // What is missing belongs to a transfer.
    let first =
      transfers.lazy.compactMap { difference(of: $0) }.first
      ?? "there is no place for \((mismatch.unused + mismatch.missing).first ?? "")"
    return (countDifferences(from: file) + [first]).joined(separator: ", ")
  }

  private func difference(of transfer: LayerTransfer) -> String? {
    for array in transfer.expected {
      guard let found = shapes[array.name] else { return "there is none for \(transfer.path)" }
      if found != array.shape { return "\(array.name) is \(found) where \(transfer.path) needs \(array.shape)" }
    }
    return nil
  }

  private func countDifferences(from file: any WeightsFile) -> [String] {
    let expected = Dictionary(transfers.map { ($0.layer.kind, 1) }, uniquingKeysWith: +)
    let counts = file.layerCounts
    return Set(expected.keys).union(counts.keys).sorted { $0.rawValue < $1.rawValue }.compactMap { kind in
      let (found, needed) = (counts[kind, default: 0], expected[kind, default: 0])
      return found == needed ? nil : "\(found) of type \(kind.rawValue) instead of \(needed)"
    }
  }
}
