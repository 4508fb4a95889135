import TesseraLayers
import TesseraNetworks

// Features that are joined in another order fit the same weights.
extension KerasDescription {
  /// The first layer with weights that takes the results of other layers, or in another order, than the model's;
  /// `nil` if none does, or the description does not tell.
  ///
  /// - Parameter paths: the property paths of the layers with weights, by their names.
  func wiringDifference(from model: some SegmentationModel, _ paths: [String: String]) -> String? {
    if isNested { return nil }
    let own = Self.sources(in: model.graph(height: 2 * model.sizeMultiple, width: 2 * model.sizeMultiple))
    var sources: [String: [String]] = [:]
    for layer in layers {
      let joined = layer.inputs.flatMap { Self.joined($0.map { sources[$0] }, isOrdered: layer.type == "Concatenate") }
      guard let path = paths[layer.name] else {
        sources[layer.name] = layer.type == "InputLayer" ? [Self.picture] : joined
        continue
      }
      sources[layer.name] = [path]
      if let joined, let expected = own[path], joined != expected {
        return "\(layer.name) takes \(joined.joined(separator: ", ")) and \(path) takes "
          + expected.joined(separator: ", ")
      }
    }
    return nil
  }

  private static let picture = "the picture"
  /// More layers than any joins.
  private static let mostSources = 64

  /// The layers with weights that those with weights take the results of.
  private static func sources(in graph: NetworkGraph) -> [String: [String]] {
    var (results, found): ([[String]?], [String: [String]]) = ([], [:])
    for node in graph.nodes {
      var (inputs, hasWeights): ([[String]?], Bool) = ([], false)
      for source in node.inputs {
        switch source {
        case .input: inputs.append([picture])
        case .node(let index): inputs.append(results[index])
        case .parameter: hasWeights = true
        case .constant: break
        }
      }
      var isOrdered = false
      if case .concatenate = node.kind { isOrdered = true }
      let joined = joined(inputs, isOrdered: isOrdered)
      if hasWeights { found[node.name] = joined }
      results.append(hasWeights ? [node.name] : joined)
    }
    return found
  }

  /// The sources of all inputs, in an order that is the same for all orders of a sum's terms.
  private static func joined(_ inputs: [[String]?], isOrdered: Bool) -> [String]? {
    var all: [String] = []
    for input in inputs {
      guard let input, all.count + input.count <= mostSources else { return nil }
      all += input
    }
    return isOrdered || inputs.count < 2 ? all : all.sorted()
  }
}
