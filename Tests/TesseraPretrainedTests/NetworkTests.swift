import TesseraPretrained
import TesseraNetworks
import TesseraSegmentation
import Testing

/// Narrow networks that Keras, torchvision and timm made, ran and saved.
@Suite struct NetworkTests {
  @Test(arguments: [
    ("keras1-notop.h5", WeightsSource.keras), ("keras2.h5", .keras), ("keras3.weights.h5", .keras),
    ("keras3-unnamed.weights.h5", .keras), ("keras3-model.h5", .keras), ("keras3-legacy.h5", .keras),
    ("torchvision.safetensors", .torchvision), ("torchvision.pth", .torchvision), ("wrapped.pth", .torchvision),
    ("channels_last.pth", .torchvision), ("torchvision_bn.pth", .torchvisionBatchNorm), ("timm.safetensors", .timm),
    ("timm_bn.safetensors", .timmBatchNorm),
  ])
  func givesTheFeaturesOfTheProgramThatSavedIt(name: String, source: WeightsSource) throws {
    let weights = try PretrainedVGG16(contentsOf: golden(name))
    #expect(weights.source == source)
    #expect(weights.normalization == (source == .keras ? .caffe : .torchvision))
    try expectTheFeaturesOfTheirProgram(golden(name), width: 1, denseWidth: 8, picture: goldenPicture())
  }
}
