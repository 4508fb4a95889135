import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@Suite struct PlannedInferenceTests {
  /// A network of the catalog whose running statistics are no longer those of a new one.
  private func network(_ name: String) throws -> any SegmentationModel {
    func make(_ configuration: some NetworkConfiguration) -> any SegmentationModel {
      configuration.makeNetwork(random: RandomStream(seed: 1)).forPrediction
    }
    let configuration = try #require(NetworkCatalog.standard[name])
    let network = make(configuration.init(classes: 5))
    for parameter in network.parameters where parameter.kind == .statistic {
      parameter.value = Tensor.random(parameter.shape) * 0.2 + parameter.value
    }
    return network
  }

  private let pictures = Tensor.random([1, 64, 96, 3])

  /// All decoders, and all kinds of encoders.
  @Test(arguments: [
    "unet", "fcnn", "unet-resnet50", "unet-vgg16bn", "unetplusplus-resnet34", "deeplabv3plus-mobilenetv2",
    "fcn-resnet50", "deeplabv3-mobilenetv3", "fpn-efficientnet-b0", "pspnet-resnet18", "lraspp-mobilenetv3",
    "segformer-b0",
  ])
  func aPlanGivesTheBitsOfThePass(name: String) throws {
    let network = try network(name)
    let inference = PlannedInference(of: network)
    let logits = (1...4).map { _ in inference.logits(of: pictures) }
    #expect(inference.isPlanned(pictures.shape))
    #expect(logits.allSatisfy { $0 == logits[0] })
    expectClose(logits[0], network(Variable(pictures)).value, tolerance: 1e-5)
  }

  @Test func plansFollowTheWeights() throws {
    let network = try network("unet-mobilenetv2")
    let inference = PlannedInference(of: network)
    let old = (1...3).map { _ in inference.logits(of: pictures) }[2]
    for parameter in network.parameters where parameter.kind == .weight { parameter.value *= 0.5 }
    let new = (1...3).map { _ in inference.logits(of: pictures) }
    let expected = PlannedInference(of: network).logits(of: pictures)
    #expect(new.allSatisfy { $0 == expected } && expected != old)
    #expect(inference.isPlanned(pictures.shape))
  }

  @Test func picturesOfManyShapesHaveTheirOwn() throws {
    let network = try network("lraspp-mobilenetv3")
    let inference = PlannedInference(of: network)
    let shapes = (1...6).map { Shape([1, 32, 32 * $0, 3]) }
    for _ in 0..<3 {
      for shape in shapes {
        let pictures = Tensor.random(shape)
        let logits = inference.logits(of: pictures)
        #expect(logits == PlannedInference(of: network).logits(of: pictures))
      }
    }
    #expect(shapes.count(where: inference.isPlanned) == 0, "only the latest shapes are remembered")
    for _ in 0..<2 { _ = inference.logits(of: .random(shapes[5])) }
    #expect(inference.isPlanned(shapes[5]))
  }

  /// A pass with an operation that only its author knows, or with arithmetic that is not recorded, is not planned.
  @Test(
    arguments: [
      { (x: Variable) in .operation("cube", on: [x], value: x.value * x.value * x.value) { [$0] } },
      { (x: Variable) in Variable(x.value * 2) + x },
      { (x: Variable) in x.value.scalars[0] > 0 ? x * 2 : x * 3 },
    ] as [@Sendable (Variable) -> Variable])
  func whatIsNotRecordedIsNotPlanned(operation: @escaping @Sendable (Variable) -> Variable) {
    let network = OwnNetwork(operation: operation)
    let inference = PlannedInference(of: network)
    let pictures = Tensor(repeating: 0.5, shape: [1, 4, 4, 3])
    let logits = (1...4).map { _ in inference.logits(of: pictures) }
    #expect(logits.allSatisfy { $0 == network(Variable(pictures)).value })
    #expect(!inference.isPlanned(pictures.shape))
  }
}

private struct OwnNetwork: SegmentationModel {
  struct Configuration: NetworkConfiguration {
    static let name = "own"
    var classes: Int
    var normalization = ImageNormalization.unit
    var sizeMultiple: Int { 1 }
    init(classes: Int) { self.classes = classes }
    func makeNetwork(random: RandomStream) -> OwnNetwork { OwnNetwork { $0 } }
  }
  let configuration = Configuration(classes: 2)
  let classifier: Conv2D
  let operation: @Sendable (Variable) -> Variable

  init(operation: @escaping @Sendable (Variable) -> Variable) {
    var random = RandomStream(seed: 3)
    classifier = Conv2D(from: 3, to: 2, kernel: 1, random: &random)
    self.operation = operation
  }

  func callAsFunction(_ images: Variable) -> Variable { classifier(operation(images)) }
}
