import Tessera

/// A small encoder and decoder with batch normalization and additions as skips: everything that a program declares
/// about a network.
struct TinyNet: SegmentationModel {
  /// The numbers that define the network: files hold them, and the command line sets them.
  struct Configuration: NetworkConfiguration {
    static let name = "tiny"
    static let options: [NetworkOption<Configuration>] = [
      .count("width", \.width, in: 1...1024, help: "Channels at the full size; each stage has twice as many.")
    ]

    var classes: Int
    var width = 16
    var normalization = ImageNormalization.unit
    var title: String { "TinyNet" }
    /// Two stages halve a picture twice.
    var sizeMultiple: Int { 4 }

    init(classes: Int) { self.classes = classes }

    func makeNetwork(random: RandomStream) -> TinyNet { TinyNet(self, random: random) }
  }

  /// Half the size, twice the channels.
  struct Stage: Layer {
    let convolution: Conv2D
    let norm: BatchNorm

    init(from inputs: Int, random: inout RandomStream) {
      convolution = Conv2D(from: inputs, to: 2 * inputs, kernel: 3, stride: 2, bias: false, random: &random)
      norm = BatchNorm(2 * inputs)
    }

    func callAsFunction(_ input: Variable) -> Variable { relu(norm(convolution(input))) }
  }

  let stem: Conv2D
  let down: [Stage]
  let up: [TransposedConv2D]
  let classifier: Conv2D
  let configuration: Configuration

  init(_ configuration: Configuration, random: RandomStream) {
    var random = random.derived("weights")
    let width = configuration.width
    stem = Conv2D(from: configuration.normalization.channels, to: width, kernel: 3, activation: .relu, random: &random)
    down = [Stage(from: width, random: &random), Stage(from: 2 * width, random: &random)]
    up = [4 * width, 2 * width].map {
      TransposedConv2D(from: $0, to: $0 / 2, kernel: 2, stride: 2, activation: .relu, random: &random)
    }
    classifier = Conv2D(from: width, to: configuration.classes, kernel: 1, random: &random)
    self.configuration = configuration
  }

  func callAsFunction(_ images: Variable) -> Variable {
    check(images)
    var features = stem(images)
    var skips: [Variable] = []
    for stage in down {
      skips.append(features)
      features = stage(features)
    }
    for layer in up { features = layer(features) + skips.removeLast() }
    return classifier(features)
  }
}
