import TesseraAutograd
import TesseraLayers
import TesseraNetworks
import TesseraTensors

/// A network of a user whose two hidden layers are scored in training too.
struct SupervisedNet: SegmentationModel {
  struct Configuration: NetworkConfiguration {
    static let name = "supervised"
    var classes: Int
    var dropout: Float = 0
    var isSupervised = true
    var normalization = ImageNormalization.unit
    var sizeMultiple: Int { 1 }
    init(classes: Int) { self.classes = classes }
    func makeNetwork(random: RandomStream) -> SupervisedNet { SupervisedNet(self, random: random) }
  }

  static let weights: [Float] = [0.5, 0.25]

  let first: Conv2D
  let norm: BatchNorm
  let second: Conv2D
  let classifier: Conv2D
  var auxiliary: [Conv2D]
  var configuration: Configuration

  init(_ configuration: Configuration, random: RandomStream) {
    var random = random.derived("weights")
    let classes = configuration.classes
    first = Conv2D(from: 3, to: 4, kernel: 3, bias: false, random: &random)
    norm = BatchNorm(4)
    second = Conv2D(from: 4, to: 6, kernel: 3, activation: .relu, random: &random)
    classifier = Conv2D(from: 6, to: classes, kernel: 1, random: &random)
    auxiliary =
      configuration.isSupervised ? [4, 6].map { Conv2D(from: $0, to: classes, kernel: 1, random: &random) } : []
    self.configuration = configuration
  }

  var forPrediction: any SegmentationModel {
    var network = self
    network.auxiliary = []
    network.configuration.isSupervised = false
    return network
  }

  private func features(_ images: Variable) -> [Variable] {
    let deep = relu(norm(first(images)))
    return [deep, dropout(second(deep), rate: configuration.dropout)]
  }

  func callAsFunction(_ images: Variable) -> Variable { classifier(features(images)[1]) }

  func trainingLogits(of images: Variable) -> [WeightedLogits] {
    let features = features(images)
    return [WeightedLogits(classifier(features[1]))]
      + zip(zip(auxiliary, features), Self.weights).map { WeightedLogits($0.0($0.1), weight: $1) }
  }
}
