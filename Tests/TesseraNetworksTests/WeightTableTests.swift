import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

/// Every network's tables lead to parameters that it has.
@Suite struct WeightTableTests {
  @Test func vgg16IsCalledAsTheProgramsCallIt() throws {
    let tables = VGG16.weightTables(at: "encoder")
    #expect(
      tables.map(\.name) == [
        "Keras VGG-16", "torchvision VGG-16", "timm VGG-16", "torchvision VGG-16-BN", "timm VGG-16-BN",
      ])
    for table in tables { #expect(table.layers.count == (table.name.hasSuffix("BN") ? 29 : 16), "\(table.name)") }
    let names = tables.map { table in table.layers.flatMap(table.names) }
    #expect(names[0][24...27] == ["block5_conv3/kernel", "block5_conv3/bias", "fc1/kernel", "fc1/bias"])
    #expect(
      names[1][24...27] == ["features.28.weight", "features.28.bias", "classifier.0.weight", "classifier.0.bias"])
    #expect(names[2].suffix(4) == ["pre_logits.fc2.weight", "pre_logits.fc2.bias", "head.fc.weight", "head.fc.bias"])
    #expect(
      names[3][..<8] == [
        "features.0.weight", "features.0.bias", "features.1.weight", "features.1.bias", "features.1.running_mean",
        "features.1.running_var", "features.3.weight", "features.3.bias",
      ])
    #expect(names[4][72...73] == ["features.40.weight", "features.40.bias"])
  }

  @Test func theBackboneIsThePartThatTheTablesFill() {
    #expect(FCNN.Configuration.backbone == "backbone")
    #expect(UNet.Configuration.backbone == nil)
  }

  @Test func everyPathIsOneOfTheNetwork() throws {
    let model = FCNN(
      .init(classes: 2, width: 1, head: .convolutionalized(width: 2)), random: RandomStream(seed: 1))
    let own = Set(model.namedParameters.map(\.name))
    for table in FCNN.Configuration.weightTables where !table.part.isEmpty {
      let paths = table.layers.compactMap(\.path)
      #expect(paths.count == 15 && paths.allSatisfy { own.contains("\($0).filter") && own.contains("\($0).bias") })
      let filled = Set(paths.flatMap { ["\($0).filter", "\($0).bias"] })
      #expect(own.filter(table.fills).isSubset(of: filled))
    }
  }

  @Test func otherPicturesHaveTheSameChannelsInTurn() {
    let tables = VGG16.weightTables(at: "backbone")
    let (caffe, torch) = (tables[0], tables[1])
    #expect(caffe.normalization(channels: 3) == .caffe)
    let four = caffe.normalization(channels: 4)
    #expect(four.order == .rgb && four.mean == [123.68, 116.779, 103.939, 123.68] && four.deviation == [1, 1, 1, 1])
    let gray = torch.normalization(channels: 1)
    #expect(abs(gray.mean[0] - (0.485 + 0.456 + 0.406) / 3 * 255) < 1e-3 && gray.channels == 1)
  }
}
