import TesseraKernels
import TesseraLayers
import TesseraTensors
import Testing

@testable import TesseraNetworks
@testable import TesseraPretrained

/// Encoders with the details of the program that their weights come from.
@Suite struct EncoderVariantTests {
  typealias Network<Encoding: EncoderArchitecture> = EncoderDecoder<ScoresDecoder, Encoding>

  private func weights<Configuration: NetworkConfiguration>(
    _ name: String, for type: Configuration.Type
  ) throws -> (PretrainedWeights, FormulaWeights) {
    let golden = try GoldenNetwork(name)
    return (try PretrainedWeights(golden.weights, tables: Configuration.weightTables), golden.weights)
  }

  /// The names as programs save them, and what belongs to them.
  @Test func aFileTellsItsProgram() throws {
    func table<Encoding: EncoderArchitecture>(_ name: String, _ encoder: Encoding.Type) throws -> WeightTable {
      try weights(name, for: Network<Encoding>.Configuration.self).0.table
    }
    let resNet = try table("scores-resnet50.keras", ResNet50.self)
    #expect(resNet.name == "Keras ResNet-50" && resNet.normalization == .caffe && resNet.variant.stridesFirst)
    let mobileNet = try table("scores-mobilenetv2.keras", MobileNetV2.self)
    #expect(mobileNet.name == "Keras MobileNetV2" && mobileNet.variant.padsEnd)
    #expect(mobileNet.normalization.mean == [127.5, 127.5, 127.5] && mobileNet.normalization.order == .rgb)
    let vgg = try table("scores-vgg16.keras", VGG16Encoder.self)
    #expect(vgg.name == "Keras VGG-16" && vgg.normalization == .caffe && vgg.variant == EncoderVariant())
    let timm = try table("scores-mobilenetv3.timm", MobileNetV3.self)
    #expect(timm.name == "timm MobileNetV3-Large" && timm.variant == EncoderVariant(batchNorm: .pyTorch))
    #expect(try table("scores-efficientnet-b0.timm", EfficientNetB0.self).variant == EncoderVariant())
    for name in ["scores-mit-b0.transformers", "scores-mit-b0.transformers4"] {
      let mit = try table(name, MixTransformerB0.self)
      #expect(mit.name.hasPrefix("transformers") && mit.part == "encoder" && mit.variant == EncoderVariant())
    }
  }

  /// In versions of Keras without names, only the number tells a layer from others of its kind.
  @Test func layersOfKerasAreInItsOrder() throws {
    func check<Encoding: EncoderArchitecture>(_ name: String, _ encoder: Encoding.Type) throws {
      let (pretrained, file) = try weights(name, for: Network<Encoding>.Configuration.self)
      var inFile: [String] = []
      for (array, _) in file.arrays {
        let layer = String(array.prefix { $0 != "/" })
        if inFile.last != layer { inFile.append(layer) }
      }
      for kind in [WeightTable.Layer.Kind.convolution, .depthwiseConvolution, .batchNormalization] {
        let own = pretrained.table.layers.filter { $0.kind == kind }.map(\.name)
        #expect(own == inFile.filter(own.contains))
      }
    }
    try check("scores-resnet50.keras", ResNet50.self)
    try check("scores-mobilenetv2.keras", MobileNetV2.self)
    try check("scores-vgg16.keras", VGG16Encoder.self)
  }

  @Test func aBiasThatNothingHasBecomesPartOfTheMean() throws {
    typealias ResNet = Network<ResNet50>
    let (pretrained, file) = try weights("scores-resnet50.keras", for: ResNet.Configuration.self)
    let model = pretrained.adapting(ResNet.Configuration(classes: 5)).makeNetwork(random: RandomStream(seed: 1))
    let loaded = try pretrained.load(into: model)
    #expect(
      loaded.description
        == "Keras ResNet-50 weights from formula, without predictions/kernel, predictions/bias; encoder as there: stride "
        + "in a bottleneck's first convolution, batch normalizations with epsilon 1.001e-05 and momentum 0.99; 53 biases "
        + "are part of running means")
    let norm = model.encoder.stages[1][0].convolutions[2].norm
    let (mean, bias) = (file.tensor("conv3_block1_3_bn/moving_mean"), file.tensor("conv3_block1_3_conv/bias"))
    #expect(norm.runningMean.value == mean - bias)
    #expect(norm.offset.value == file.tensor("conv3_block1_3_bn/beta"))
  }

  @Test func keysAndValuesOfOneLayerAreTakenApart() throws {
    typealias UNet = EncoderDecoder<UNetDecoder, MixTransformerB0>
    let (pretrained, file) = try weights("unet-mit-b0.smp", for: UNet.Configuration.self)
    #expect(pretrained.table.name == "segmentation-models-pytorch U-Net on MiT-B0")
    let model = pretrained.adapting(UNet.Configuration(classes: 5)).makeNetwork(random: RandomStream(seed: 1))
    try pretrained.load(into: model)
    let attention = model.encoder.stages[1].blocks[0].attention
    let (matrix, bias) = (
      file.tensor("encoder.block2.0.attn.kv.weight").scalars, file.tensor("encoder.block2.0.attn.kv.bias").scalars
    )
    for (layer, start) in [(attention.key, 0), (attention.value, 64)] {
      #expect(layer.bias?.value.scalars == Array(bias[start..<start + 64]))
      // [inputs, outputs] of [outputs, inputs].
      #expect(layer.weight.value.scalars == (0..<64 * 64).map { matrix[(start + $0 % 64) * 64 + $0 / 64] })
    }
  }

  /// A file may give the other layers' rows by themselves.
  @Test func aPartIsReadFromItsRows() throws {
    struct Rows: WeightsFile {
      let path = "rows"
      let arrays = [(name: "a", shape: Shape([6, 2]))]

      func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
        for row in 0..<6 { [Float(2 * row), Float(2 * row + 1)].withUnsafeBufferPointer { body(2 * row, $0) } }
      }
    }
    var faults: [String] = []
    for (index, expected) in [[0, 2, 4, 1, 3, 5], [6, 8, 10, 7, 9, 11] as [Float]].enumerated() {
      let array = ForeignArray.filter("a", of: .dense, .pyTorch, [2, 3], found: nil, channels: nil)
        .part(WeightTable.Layer.Share(index: index, count: 2))
      #expect(array.shape == [6, 2])
      #expect(try array.read(from: Rows(), noting: &faults).scalars == expected)
    }
  }

  @Test func anEncoderWithOtherDetailsIsRefused() throws {
    typealias UNet = EncoderDecoder<UNetDecoder, MobileNetV3>
    let pretrained = try weights("scores-mobilenetv3.timm", for: UNet.Configuration.self).0
    let model = UNet.Configuration(classes: 5).makeNetwork(random: RandomStream(seed: 1))
    let error = #expect(throws: PretrainedWeightsError.self) { try pretrained.load(into: model) }
    #expect(
      error?.description
        == "formula: timm MobileNetV3-Large weights were trained in an encoder with batch normalizations with epsilon "
        + "1e-05 and momentum 0.9, and the model's has the encoder's own details. Create the model with "
        + "weights.adapting(configuration).")
  }
}
