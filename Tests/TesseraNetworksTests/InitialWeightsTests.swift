import TesseraCheckpoints
import TesseraImaging
import TesseraLayers
import TesseraNetworks
import TesseraTensors
import Testing

/// Weights of a network with other classes are where fine-tuning starts.
@Suite struct InitialWeightsTests {
  private static func unet(_ classes: Int, width: Int = 2) -> any NetworkConfiguration {
    UNet.Configuration(classes: classes, width: width)
  }

  private static func fcnn(_ classes: Int) -> any NetworkConfiguration {
    FCNN.Configuration(classes: classes, width: 1, head: .convolutionalized(width: 3))
  }

  private func model(_ configuration: any NetworkConfiguration, seed: UInt64) -> any SegmentationModel {
    configuration.makeNetwork(random: RandomStream(seed: seed))
  }

  private func values(_ model: any SegmentationModel) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value) })
  }

  @Test(arguments: [
    (unet(5), unet(3), ["classifier.filter", "classifier.bias"]),
    // One more is what the derivation itself compares with.
    (unet(4), unet(3), ["classifier.filter", "classifier.bias"]),
    (
      fcnn(2), fcnn(7),
      [
        "up5.filter", "score4.filter", "score4.bias", "up4.filter", "score3.filter", "score3.bias", "up3.filter",
        "up3.bias",
      ]
    ),
  ])
  func theClassifierStaysNewAndAllElseIsTakenOver(
    saved: any NetworkConfiguration, started: any NetworkConfiguration, new: [String]
  ) throws {
    try withTemporaryFolder { folder in
      let source = model(saved, seed: 1)
      try source.save(to: folder + "/weights.safetensors")
      let target = model(started, seed: 2)
      let classifier = try target.loadInitialWeights(from: folder + "/weights.safetensors")
      #expect(classifier == NewClassifier(classesInFile: saved.classes, parameters: new))
      let (before, fresh) = (values(source), values(model(started, seed: 2)))
      for (name, value) in values(target) {
        #expect(value == (new.contains(name) ? fresh[name] : before[name]), "\(name)")
      }
    }
  }

  @Test func weightsThatFitAreTakenOverWhole() throws {
    try withTemporaryFolder { folder in
      let source = model(Self.unet(5), seed: 1)
      try source.save(to: folder + "/weights.safetensors")
      let target = model(Self.unet(5), seed: 2)
      #expect(try target.loadInitialWeights(from: folder + "/weights.safetensors") == nil)
      #expect(values(target) == values(source))
    }
  }

  /// Another width as well: the error tells everything, the classifier too, and nothing is changed.
  @Test func whatDiffersOtherwiseIsAnError() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/weights.safetensors"
      try model(Self.unet(5, width: 4), seed: 1).save(to: path)
      let target = model(Self.unet(3), seed: 2)
      let before = values(target)
      let error = #expect(throws: TensorMismatchError.self) { try target.loadInitialWeights(from: path) }
      #expect(error?.misshapen.contains { $0.name == "classifier.bias" } == true)
      #expect(error?.misshapen.count == target.parameters.count)
      // The classifier's two arrays disagree about the number of classes.
      let tensors = model(Self.unet(5), seed: 1).namedParameters.map {
        ($0.name, $0.name == "classifier.bias" ? Tensor.zeros([6]) : $0.parameter.value)
      }
      try SafeTensors.write(tensors, to: path)
      let other = #expect(throws: TensorMismatchError.self) { try target.loadInitialWeights(from: path) }
      #expect(other?.misshapen.map(\.name) == ["classifier.filter", "classifier.bias"])
      #expect(values(target) == before)
    }
  }

  /// Whoever knows better says which parameters those are.
  @Test func parametersCanBeNamed() throws {
    try withTemporaryFolder { folder in
      let source = model(Self.unet(5), seed: 1)
      try source.save(to: folder + "/weights.safetensors")
      let target = model(Self.unet(3), seed: 2)
      try target.load(
        from: SafeTensors(contentsOf: folder + "/weights.safetensors"),
        leavingNew: ["classifier.filter", "classifier.bias"])
      #expect(values(target)["bottleneck.first.filter"] == values(source)["bottleneck.first.filter"])
    }
  }
}
