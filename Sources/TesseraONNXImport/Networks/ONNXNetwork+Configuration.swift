import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors

extension ONNXNetwork {
  /// What defines an imported network besides its weights: the graph, and what its input and output mean.
  ///
  /// Files hold the graph as ONNX itself, in which the weights are only shapes.
  public struct Configuration: NetworkConfiguration, CustomStringConvertible {
    public static let name = "onnx"

    /// The number of classes; one that differs from the graph's replaces the last layer.
    public var classes: Int
    public var normalization: ImageNormalization
    public internal(set) var sizeMultiple: Int
    /// The number of outputs that the graph itself has.
    let graphClasses: Int
    let layout: Layout
    let bytes: [UInt8]
    let program: GraphProgram

    /// A classifier of single pixels, as a graph to begin with.
    public init(classes: Int) {
      let node = ONNXNode(
        name: "classifier", type: "Conv", inputs: ["image", "filter", "bias"], outputs: ["logits"], attributes: [:])
      func value(_ name: String) -> ONNXGraph.Value {
        ONNXGraph.Value(name: name, lengths: [nil, nil, nil, nil], isNumeric: true)
      }
      let graph = ONNXGraph(
        version: 17, nodes: [node], constants: ["filter": .shape([classes, 3, 1, 1]), "bias": .shape([classes])],
        inputs: [value("image")], outputs: [value("logits")])
      let layout = Layout(
        isChannelsFirst: true, givesChannelsFirst: true, isForeground: false, fixedSize: nil, takesOnePicture: false)
      do {
        try self.init(
          GraphProgram(graph), layout: layout, classes: classes, sizeMultiple: 1, normalization: .unit)
      } catch {
        fail("ONNXNetwork: \(error)")
      }
    }

    init(
      _ program: GraphProgram, layout: Layout, classes: Int, sizeMultiple: Int, normalization: ImageNormalization
    ) throws(ONNXImportError) {
      self.init(
        program, bytes: try program.graph.bytes(without: program.weightNames), layout: layout, classes: classes,
        graphClasses: classes, sizeMultiple: sizeMultiple, normalization: normalization)
    }

    private init(
      _ program: GraphProgram, bytes: [UInt8], layout: Layout, classes: Int, graphClasses: Int, sizeMultiple: Int,
      normalization: ImageNormalization
    ) {
      (self.program, self.bytes, self.layout) = (program, bytes, layout)
      (self.classes, self.graphClasses, self.sizeMultiple) = (classes, graphClasses, sizeMultiple)
      self.normalization = normalization
    }

    /// Whether there is one number for each pixel, the foreground's logit; a last layer of other classes gives each one.
    var givesForeground: Bool { layout.isForeground && classes == graphClasses }

    /// The only size that the graph computes, to which pictures of others are resized.
    package var onlySize: Extent? { layout.size }

    public var title: String { "an imported network" }
    public var description: String { "\(program.graph.nodes.count) nodes of ONNX, \(classes) classes" }

    public func makeNetwork(random: RandomStream) -> ONNXNetwork {
      ONNXNetwork(self, layers: program.layers(classes: classes == graphClasses ? nil : classes, random: random))
    }

    /// The network with the values that its graph holds.
    func makeNetwork() -> ONNXNetwork {
      let network = makeNetwork(random: RandomStream(seed: 0))
      program.fill(network.layers)
      return network
    }
  }
}

extension ONNXNetwork.Configuration: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.bytes == right.bytes && left.classes == right.classes && left.normalization == right.normalization
      && left.layout == right.layout && left.sizeMultiple == right.sizeMultiple
      && left.graphClasses == right.graphClasses
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
    hasher.combine(classes)
  }
}

extension ONNXNetwork.Configuration: Codable {
  private enum CodingKeys: CodingKey { case graph, classes, graphClasses, normalization, sizeMultiple, layout }

  public func encode(to encoder: any Encoder) throws {
    var card = encoder.container(keyedBy: CodingKeys.self)
    try card.encode(Data(bytes), forKey: .graph)
    try card.encode(classes, forKey: .classes)
    try card.encode(graphClasses, forKey: .graphClasses)
    try card.encode(normalization, forKey: .normalization)
    try card.encode(sizeMultiple, forKey: .sizeMultiple)
    try card.encode(layout, forKey: .layout)
  }

  /// - Throws: `DecodingError`, also for a graph that cannot be computed.
  public init(from decoder: any Decoder) throws {
    let card = try decoder.container(keyedBy: CodingKeys.self)
    func refuse(_ key: CodingKeys, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: card, debugDescription: reason)
    }
    let counts = 1...1 << 16
    func count(_ key: CodingKeys) throws -> Int {
      let count = try card.decode(Int.self, forKey: key)
      guard counts.contains(count) else { throw refuse(key, "its \(key.stringValue) are \(count)") }
      return count
    }
    let bytes = [UInt8](try card.decode(Data.self, forKey: .graph))
    let layout = try card.decode(ONNXNetwork.Layout.self, forKey: .layout)
    if let size = layout.fixedSize, size.count != 2 || !size.allSatisfy(counts.contains) {
      throw refuse(.layout, "its graph is for pictures of the size \(size)")
    }
    let normalization = try card.decode(ImageNormalization.self, forKey: .normalization)
    let (classes, graphClasses) = (try count(.classes), try count(.graphClasses))
    let multiple = try count(.sizeMultiple)
    do throws(ONNXImportError) {
      let program = try GraphProgram(try ONNXGraph(withoutWeights: bytes))
      self.init(
        program, bytes: bytes, layout: layout, classes: classes, graphClasses: graphClasses, sizeMultiple: multiple,
        normalization: normalization)
      try checkSizes()
    } catch {
      throw refuse(.graph, "its graph cannot be computed: \(error)")
    }
  }
}
