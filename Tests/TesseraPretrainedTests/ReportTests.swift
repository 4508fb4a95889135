import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import Testing

/// What does not fit is said at once, and changes nothing.
@Suite struct ReportTests {
  /// torchvision's narrow network with other tensors.
  private func file(
    in folder: String, _ change: (inout [String: Tensor]) -> Void
  ) throws -> String {
    let source = try SafeTensors(contentsOf: golden("torchvision.safetensors"))
    var tensors = try Dictionary(uniqueKeysWithValues: source.names.map { ($0, try source.tensor($0)) })
    change(&tensors)
    try SafeTensors.write(
      tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, to: folder + "/vgg.safetensors")
    return folder + "/vgg.safetensors"
  }

  private func message(_ path: String, width: Int = 1, denseWidth: Int? = 8, folder: String) throws -> String {
    let weights = try PretrainedWeights(contentsOf: path, for: FCNN.self)
    let model = makeModel(for: weights, width: width, denseWidth: denseWidth)
    let before = model.parameters.map(\.value)
    let error = #expect(throws: PretrainedWeightsError.self) { try weights.load(into: model) }
    #expect(model.parameters.map(\.value) == before)
    let text = error?.description.replacing(folder + "/", with: "") ?? ""
    #expect(!text.contains("\n"))
    return text
  }

  @Test func everythingThatDoesNotFitIsInOneReport() throws {
    try withTemporaryFolder { folder in
      let path = try file(in: folder) { tensors in
        tensors["features.2.weight"] = nil
        tensors["classifier.3.bias"] = nil
        tensors["features.5.weight"] = Tensor.zeros([3, 3, 1, 2])
        tensors["classifier.0.weight"] = Tensor.zeros([8, 391])
        tensors["extra.weight"] = Tensor.zeros([1])
        tensors["classifier.6.bias"] = Tensor.zeros([77])
      }
      #expect(
        try message(path, folder: folder)
          == "vgg.safetensors: does not fit as torchvision VGG-16 weights: missing (2): features.2.weight, "
          + "classifier.3.bias; unused (1): extra.weight; misshapen (2): features.5.weight is [3, 3, 1, 2], expected "
          + "[2, 1, 3, 3], classifier.0.weight is [8, 391], expected [8, 392]; nothing was loaded. "
          + "Save the weights of the whole network again.")
    }
  }

  @Test func aBackboneAloneIsNoHead() throws {
    try withTemporaryFolder { folder in
      let path = try file(in: folder) { tensors in tensors = tensors.filter { $0.key.hasPrefix("features.") } }
      let text = try message(path, folder: folder)
      #expect(
        text.contains("missing (4): classifier.0.weight, classifier.0.bias, classifier.3.weight, classifier.3.bias;"))
      #expect(
        text.hasSuffix(
          "It holds only the backbone: use a file that also has classifier.0 and classifier.3, or a network "
            + "without fc6 and fc7."
        ))
      let weights = try PretrainedWeights(contentsOf: path, for: FCNN.self)
      #expect(weights.table.name == "torchvision VGG-16")
      try weights.load(into: makeModel(for: weights, width: 1, denseWidth: nil))
    }
  }

  @Test func widthsAreSaidOnce() throws {
    let path = golden("torchvision.safetensors")
    let folder = String(path.dropLast("/torchvision.safetensors".count))
    #expect(
      try message(path, width: 64, denseWidth: nil, folder: folder)
        == "torchvision.safetensors: features.0.weight has 1 channels in the file and 64 in the model. "
        + "Make the model's width 1.")
    #expect(
      try message(path, denseWidth: 16, folder: folder)
        == "torchvision.safetensors: classifier.0.weight has 8 channels in the file and 16 in the model. "
        + "Make the model's width 8.")
  }

  @Test(arguments: [
    ("torchvision.safetensors", ["classifier.6.bias", "classifier.6.weight"], 6),
    ("timm.safetensors", ["head.fc.bias", "head.fc.weight"], 6),
    ("keras3.weights.h5", ["predictions/kernel", "predictions/bias"], 6),
    ("keras1-notop.h5", [], 0),
  ])
  func whatIsLeftOutIsNamed(name: String, scores: [String], withoutHead: Int) throws {
    let weights = try PretrainedWeights(contentsOf: golden(name), for: FCNN.self)
    let whole = makeModel(for: weights, width: 1, denseWidth: withoutHead > 0 ? 8 : nil)
    #expect(try weights.load(into: whole).leftOut == scores)
    #expect(try weights.load(into: makeModel(for: weights, width: 1, denseWidth: nil)).leftOut.count == withoutHead)
  }

  @Test func weightsThatAreNoNumbersAreRefused() throws {
    try withTemporaryFolder { folder in
      func file(without name: String?) throws -> String {
        try self.file(in: folder) { tensors in
          for (name, bad) in [("features.7.weight", Float.nan), ("classifier.3.bias", .infinity)] {
            guard let tensor = tensors[name] else { continue }
            tensors[name] = Tensor(tensor.scalars.dropLast() + [bad], shape: tensor.shape)
          }
          if let name { tensors[name] = nil }
        }
      }
      let found = "not finite (2): features.7.weight, classifier.3.bias; nothing was loaded. "
      let begin = "vgg.safetensors: does not fit as torchvision VGG-16 weights: "
      let whole = try message(file(without: nil), folder: folder)
      #expect(whole == begin + found + "Use another file.")
      let part = try message(file(without: "features.2.bias"), folder: folder)
      #expect(part == begin + "missing (1): features.2.bias; " + found + "Use another file.")
    }
  }

  @Test func aNegativeVarianceIsRefused() throws {
    try withTemporaryFolder { folder in
      let source = try SafeTensors(contentsOf: golden("timm_bn.safetensors"))
      let tensors = try source.names.filter { !$0.hasSuffix("num_batches_tracked") }.map { name in
        (name, name == "features.4.running_var" ? Tensor([-1]) : try source.tensor(name))
      }
      try SafeTensors.write(tensors, to: folder + "/vgg.safetensors")
      #expect(
        try message(folder + "/vgg.safetensors", folder: folder)
          == "vgg.safetensors: does not fit as timm VGG-16-BN weights: not finite (1): features.4.running_var (negative); "
          + "nothing was loaded. Use another file.")
    }
  }

  @Test func picturesMustBeNormalizedAsTheWeightsExpect() throws {
    let weights = try PretrainedWeights(contentsOf: golden("torchvision.safetensors"), for: FCNN.self)
    let model = FCNN(.init(classes: 2, width: 1, normalization: .caffe), random: RandomStream(seed: 1))
    let error = PretrainedWeightsError.otherNormalization(file: weights.path, table: "torchvision VGG-16")
    #expect(throws: error) { try weights.load(into: model) }
  }

  /// A checkpoint of the model, and what is built from it, has the weights' normalization.
  @Test(arguments: ["torchvision.safetensors", "keras2.h5"]) func normalizationTravels(name: String) throws {
    let weights = try PretrainedWeights(contentsOf: golden(name), for: FCNN.self)
    let model = makeModel(for: weights, width: 1, denseWidth: nil)
    try weights.load(into: model)
    try withTemporaryFolder { folder in
      let space = LabelSpace(names: ["a", "b"], void: nil)
      try SegmentationCheckpoint(model: model, labelSpace: space, imageSize: 32).save(to: folder + "/a.safetensors")
      let restored = try SegmentationCheckpoint(contentsOf: folder + "/a.safetensors").model
      #expect(restored.normalization == weights.normalization)
      #expect(restored.parameters.map(\.value) == model.parameters.map(\.value))
      #expect(
        try SegmentationCheckpoint.configuration(of: folder + "/a.safetensors")?.normalization == weights.normalization)
    }
  }
}
