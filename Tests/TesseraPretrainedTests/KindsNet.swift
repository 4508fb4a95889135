import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors

/// A small network of every kind of layer that a table knows, as scripts/golden/weight_tables.py builds it.
struct KindsNet: SegmentationModel {
  struct Configuration: NetworkConfiguration {
    static let name = "kinds"
    static let weightTables = [
      WeightTable(
        "PyTorch kinds", convention: .pyTorch, normalization: .torchvision, part: "body",
        layers: layers + [
          .array("temperature", "body.temperature"), .convolution("auxiliary.0", nil),
          .batchNormalization("auxiliary.1", nil, after: nil), .dense("scores", nil),
        ]),
      WeightTable(
        "Keras kinds", convention: .keras, normalization: .caffe, part: "body",
        layers: layers + [.dense("scores", nil), .array("temperature/0", "body.temperature")]),
    ]
    private static let layers: [WeightTable.Layer] = [
      .convolution("stem", "body.stem", bias: false),
      .batchNormalization("stem_norm", "body.stemNorm", after: "body.stem"),
      .depthwiseConvolution("depthwise", "body.depthwise", bias: false),
      .batchNormalization("depthwise_norm", "body.depthwiseNorm", after: "body.depthwise", epsilon: 0.05),
      .convolution("point", "body.point"),
      .normalization("layer_norm", "body.layerNorm"),
      .transposedConvolution("up", "body.up"),
      .dense("dense", "body.dense"),
    ]

    var classes = 7
    var normalization = ImageNormalization.torchvision
    /// Of the first filter.
    var channels = 3
    /// Outputs of the first filter.
    var width = 4
    var hasNorms = true
    /// Whether the first convolution has a bias; one without a normalization needs it.
    var hasBias = false
    var sizeMultiple: Int { 2 }

    init(classes: Int) { self.classes = classes }

    /// For weights of these tables.
    init(for table: WeightTable, _ change: (inout Configuration) -> Void = { _ in }) {
      normalization = table.normalization
      change(&self)
    }

    func makeNetwork(random: RandomStream) -> KindsNet { KindsNet(self, random: random) }
  }

  struct Body: Module {
    let stem: Conv2D
    let stemNorm: BatchNorm?
    let depthwise: Conv2D
    let depthwiseNorm: BatchNorm?
    let point: Conv2D
    let layerNorm: LayerNorm
    let up: TransposedConv2D
    let dense: Dense
    let temperature: Parameter
  }

  let body: Body
  let configuration: Configuration

  init(_ configuration: Configuration, random: RandomStream = RandomStream(seed: 3)) {
    var random = random
    let (width, hasNorms) = (configuration.width, configuration.hasNorms)
    let convention = configuration.normalization == .caffe ? BatchNorm.Convention.keras : .pyTorch
    body = Body(
      stem: Conv2D(
        from: configuration.channels, to: width, kernel: 3, bias: configuration.hasBias || !hasNorms, random: &random),
      stemNorm: hasNorms ? BatchNorm(width, convention: convention) : nil,
      depthwise: Conv2D(from: width, to: 2 * width, kernel: 3, groups: width, bias: !hasNorms, random: &random),
      depthwiseNorm: hasNorms
        ? BatchNorm(2 * width, convention: .init(momentum: 0.9, epsilon: 0.05, isUnbiased: true)) : nil,
      point: Conv2D(from: 2 * width, to: 6, kernel: 1, random: &random),
      layerNorm: LayerNorm(6, epsilon: convention.epsilon),
      up: TransposedConv2D(from: 6, to: 5, kernel: 4, stride: 2, random: &random),
      dense: Dense(from: 5, to: configuration.classes, random: &random),
      temperature: Parameter(Tensor(repeating: 1, shape: [configuration.classes])))
    self.configuration = configuration
  }

  func callAsFunction(_ images: Variable) -> Variable {
    let stem = body.stem(images)
    let pooled = maxPool(relu(body.stemNorm?(stem) ?? stem), window: 2)
    let depthwise = body.depthwise(pooled)
    let points = body.layerNorm(body.point(relu(body.depthwiseNorm?(depthwise) ?? depthwise)))
    return body.dense(body.up(points)) * body.temperature.joining(images)
  }
}
