import TesseraNetworks
import TesseraPretrained
import Testing

/// Narrow networks that Keras, torchvision and timm made, ran and saved.
@Suite struct NetworkTests {
  @Test(arguments: [
    ("keras1-notop.h5", "Keras VGG-16"), ("keras2.h5", "Keras VGG-16"), ("keras3.weights.h5", "Keras VGG-16"),
    ("keras3-unnamed.weights.h5", "Keras VGG-16"), ("keras3-model.h5", "Keras VGG-16"),
    ("keras3-legacy.h5", "Keras VGG-16"),
    ("torchvision.safetensors", "torchvision VGG-16"), ("torchvision.pth", "torchvision VGG-16"),
    ("wrapped.pth", "torchvision VGG-16"), ("channels_last.pth", "torchvision VGG-16"),
    ("torchvision_bn.pth", "torchvision VGG-16-BN"), ("timm.safetensors", "timm VGG-16"),
    ("timm_bn.safetensors", "timm VGG-16-BN"),
  ])
  func givesTheFeaturesOfTheProgramThatSavedIt(name: String, table: String) throws {
    let weights = try PretrainedWeights(contentsOf: golden(name), for: FCNN.self)
    #expect(weights.table.name == table)
    #expect(weights.normalization == (table == "Keras VGG-16" ? .caffe : .torchvision))
    try expectTheFeaturesOfTheirProgram(golden(name), width: 1, denseWidth: 8, picture: goldenPicture())
  }
}
