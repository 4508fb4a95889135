import TesseraAutograd
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

@Suite struct NetworkTests {
  @Test func uNetHasThePapersParameters() {
    let model = UNet(.init(classes: 151), random: RandomStream(seed: 1))
    #expect(model.parameterCount == 34_523_095)
  }

  @Test func fcnnHasTheOriginalsParameters() {
    let model = FCNN(.init(classes: 151), random: RandomStream(seed: 1))
    #expect(model.parameterCount == 22_269_973)
    #expect(model.backbone.parameterCount == 14_714_688)
  }

  @Test func convolutionalizedHeadAddsVGGsDenseLayers() throws {
    let (width, head, classes) = (2, 24, 7)
    let plain = FCNN(.init(classes: classes, width: width), random: RandomStream(seed: 1))
    let model = FCNN(
      .init(classes: classes, width: width, head: .convolutionalized(width: head)), random: RandomStream(seed: 1))
    let fc6 = try #require(model.fc6)
    let fc7 = try #require(model.fc7)
    #expect(fc6.filter.value.shape == [7, 7, 8 * width, head])
    #expect(fc7.filter.value.shape == [1, 1, head, head])
    #expect(model.up5.filter.value.shape == [4, 4, classes, head])
    #expect(plain.fc6 == nil && plain.fc7 == nil)
    let denseParameters = 49 * 8 * width * head + head + head * head + head
    #expect(
      model.parameterCount == plain.parameterCount + denseParameters + 16 * classes * (head - 8 * width))
  }

  @Test func uNetsParametersAreNamedByTheirPropertyPaths() {
    let names = UNet(.init(classes: 2, width: 1), random: RandomStream(seed: 1)).namedParameters.map(\.name)
    func block(_ path: String) -> [String] {
      ["first.filter", "first.bias", "second.filter", "second.bias"].map { "\(path).\($0)" }
    }
    let decoder = (0..<4).flatMap {
      ["decoder.\($0).up.filter", "decoder.\($0).up.bias"] + block("decoder.\($0).block")
    }
    #expect(
      names == (0..<4).flatMap { block("encoder.\($0)") } + block("bottleneck") + decoder + [
        "classifier.filter", "classifier.bias",
      ])
  }

  @Test func fcnnsParametersAreNamedByTheirPropertyPaths() {
    let model = FCNN(.init(classes: 2, width: 1, head: .convolutionalized(width: 2)), random: RandomStream(seed: 1))
    let backbone = zip(0..., [2, 2, 3, 3, 3]).flatMap { block, count in
      (0..<count).flatMap { layer in
        ["filter", "bias"].map { "backbone.blocks.\(block).convolutions.\(layer).\($0)" }
      }
    }
    let head = [
      "fc6.filter", "fc6.bias", "fc7.filter", "fc7.bias", "up5.filter", "score4.filter", "score4.bias", "up4.filter",
      "score3.filter", "score3.bias", "up3.filter", "up3.bias",
    ]
    #expect(model.namedParameters.map(\.name) == backbone + head)
  }

  @Test func logitsHaveThePicturesSizeAndOneChannelAClass() {
    let images = Tensor.zeros([2, 64, 32, 3])
    let unet = UNet(.init(classes: 5, width: 1), random: RandomStream(seed: 1))
    let fcnn = FCNN(.init(classes: 6, width: 1), random: RandomStream(seed: 1))
    #expect(unet(Variable(images)).shape == [2, 64, 32, 5])
    #expect(fcnn(Variable(images)).shape == [2, 64, 32, 6])
  }

  @Test func weightsFollowTheSeed() {
    func weights(_ seed: UInt64) -> [Tensor] {
      UNet(.init(classes: 2, width: 1), random: RandomStream(seed: seed)).parameters.map(\.value)
    }
    #expect(weights(1) == weights(1))
    #expect(weights(1) != weights(2))
  }

  @Test func dropoutActsInTrainingOnly() {
    let model = UNet(.init(classes: 3, width: 2, dropout: 0.5), random: RandomStream(seed: 1))
    let images = Tensor(repeating: 0.5, shape: [1, 16, 16, 3])
    func trained(_ seed: UInt64) -> Tensor {
      let tape = Tape(random: RandomStream(seed: seed))
      return model(tape.input(images)).value
    }
    let inference = model(Variable(images)).value
    #expect(model(Tape(mode: .inference).input(images)).value == inference)
    #expect(trained(1) != inference)
    #expect(trained(1) != trained(2))
    #expect(trained(1) == trained(1))
  }

  @Test func aSizeThatUNetCannotHalveStopsWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = UNet(.init(classes: 2, width: 1), random: RandomStream(seed: 1))
      _ = model(Variable(.zeros([1, 16, 24, 3])))
    }
    expectMessage(
      result,
      "UNet: expects images [batch, height, width, 3] with sides that are multiples of 16; got [1, 16, 24, 3]")
  }

  @Test func aSizeThatFCNNCannotHalveStopsWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let model = FCNN(.init(classes: 2, width: 1), random: RandomStream(seed: 1))
      _ = model(Variable(.zeros([1, 48, 64, 3])))
    }
    expectMessage(
      result,
      "FCNN: expects images [batch, height, width, 3] with sides that are multiples of 32; got [1, 48, 64, 3]")
  }

  private func expectMessage(
    _ result: ExitTest.Result?, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains(message), sourceLocation: sourceLocation)
  }
}
