import Foundation
import Tessera

/// A network of the catalog and what its passes consist of, read from the network, so no list of its layers is kept by
/// hand.
public struct RecordedNetwork: Sendable {
  /// The name in the catalog.
  public let name: String
  public let classes: Int
  /// The side of its pictures, in pixels.
  public let size: Int
  /// The pass of a training step.
  public let training: RecordedPass
  /// The pass over one picture.
  public let inference: RecordedPass

  /// The networks that the environment variable `NETWORKS` lists, or all below.
  public static let all = (selection ?? small + encoderDecoders).map { RecordedNetwork($0) }

  /// The two trainers' networks, with 151 classes and pictures of 128 px.
  private static let small = ["unet", "fcnn"]
  /// Every decoder, and all kinds of encoders, with 21 classes and pictures of 256 px.
  private static let encoderDecoders = [
    "unet-resnet50", "unet-vgg16bn", "unetplusplus-resnet34", "deeplabv3plus-resnet50", "fcn-resnet50",
    "deeplabv3-resnet50", "deeplabv3-mobilenetv3", "segformer-b0", "segformer-b1", "unet-resnet34", "unet-mobilenetv2",
    "unet-efficientnet-b0", "fpn-resnet34", "pspnet-resnet50", "deeplabv3plus-mobilenetv2", "lraspp-mobilenetv3",
  ]
  private static let selection = ProcessInfo.processInfo.environment["NETWORKS"]?
    .split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }

  private init(_ name: String) {
    self.name = name
    (classes, size) = Self.small.contains(name) ? (151, 128) : (21, 256)
    let model = Self.model(name, classes: classes)
    // Only shapes are read, so random numbers need not be drawn.
    for parameter in model.parameters { parameter.value = .zeros(parameter.shape) }
    training = RecordedPass(of: model, batch: 5, size: size, isTraining: true)
    inference = RecordedPass(of: model, batch: 1, size: size, isTraining: false)
  }

  /// Returns the network with fresh weights.
  public func make() -> any SegmentationModel { Self.model(name, classes: classes) }

  private static func model(_ name: String, classes: Int) -> any SegmentationModel {
    guard let configuration = NetworkCatalog.standard[name] else {
      fatalError(
        "NETWORKS: the catalog has no \(name); it has \(NetworkCatalog.standard.names.joined(separator: ", "))")
    }
    return configuration.init(classes: classes).makeNetwork(random: RandomStream(seed: 0))
  }
}

/// What one pass through a network consists of.
public struct RecordedPass: Sendable {
  public let batch: Int
  /// The multiply-adds of the forward pass, and of the backward pass if it trains.
  public let multiplyAdds: Int
  public let convolutions: [ConvolutionPass]
  /// All else that takes time.
  public let operations: [RecordedOperation]

  init(of model: some SegmentationModel, batch: Int, size: Int, isTraining: Bool) {
    let graph = NetworkGraph(of: model, input: [batch, size, size, model.normalization.channels]) { images in
      isTraining ? model.trainingLogits(of: images)[0].logits : model(images)
    }
    self.batch = batch
    multiplyAdds = graph.nodes.reduce(0) { $0 + $1.multiplyAdds * (isTraining ? $1.takesPicture ? 2 : 3 : 1) }
    convolutions = graph.convolutions(isTraining: isTraining)
    operations = graph.operations
  }
}
