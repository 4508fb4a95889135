import TesseraAutograd
import TesseraCheckpoints
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import TestSupport
import Testing

/// A network of its own, with tables of its own.
@Suite struct WeightTableTests {
  private static let files = ["kinds.pth", "kinds.weights.h5", "kinds-legacy.h5", "kinds-unnamed.weights.h5"]
  private static let torch = KindsNet.Configuration.weightTables[0]

  private func tensors(_ name: String) throws -> [String: Tensor] {
    let file = try openWeights(at: golden(name))
    return try Dictionary(
      uniqueKeysWithValues: file.arrays.map { name, shape in
        var scalars: [Float] = []
        try file.readRows(of: name) { scalars += $1 }
        return (name, Tensor(scalars, shape: shape))
      })
  }

  /// PyTorch's kinds as safetensors, with other tensors.
  private func file(in folder: String, _ change: (inout [String: Tensor]) -> Void) throws -> String {
    var tensors = try tensors("kinds.pth").filter { !$0.key.hasSuffix("num_batches_tracked") }
    change(&tensors)
    try SafeTensors.write(tensors.map { ($0.key, $0.value) }, to: folder + "/kinds.safetensors")
    return folder + "/kinds.safetensors"
  }

  /// With batch normalizations of its own, and with none, into whose convolutions they are folded.
  @Test(arguments: files, [true, false])
  func everyKindOfLayerComputesWhatItsProgramDoes(name: String, hasNorms: Bool) throws {
    let weights = try PretrainedWeights(contentsOf: golden(name), for: KindsNet.self)
    #expect(weights.table.name == (name == "kinds.pth" ? "PyTorch kinds" : "Keras kinds"))
    let model = KindsNet(.init(for: weights.table) { $0.hasNorms = hasNorms })
    let loaded = try weights.load(into: model)
    let (auxiliary, norm) = (["weight", "bias"], ["weight", "bias", "running_mean", "running_var"])
    #expect(
      loaded.leftOut
        == (name == "kinds.pth"
          ? auxiliary.map { "auxiliary.0.\($0)" } + norm.map { "auxiliary.1.\($0)" } + ["scores.weight", "scores.bias"]
          : ["scores/kernel", "scores/bias"]))
    let expected = try SafeTensors(contentsOf: golden(name) + ".expected.safetensors")
    let logits = model(Variable(try expected.tensor("pixels"))).value
    expectClose(logits, try expected.tensor("logits"), tolerance: 1e-5, "\(name), norms \(hasNorms)")
  }

  @Test func aBatchNormalizationIsLoadedAsItIs() throws {
    let tensors = try tensors("kinds.pth")
    let model = KindsNet(.init(for: Self.torch))
    try PretrainedWeights(contentsOf: golden("kinds.pth"), for: KindsNet.self).load(into: model)
    let norm = try #require(model.body.depthwiseNorm)
    #expect(norm.scale.value == tensors["depthwise_norm.weight"])
    #expect(norm.offset.value == tensors["depthwise_norm.bias"])
    #expect(norm.runningMean.value == tensors["depthwise_norm.running_mean"])
    #expect(norm.runningVariance.value == tensors["depthwise_norm.running_var"])
  }

  /// The weights of one output, by the formula of the paper.
  @Test func aFoldedFilterIsScaledAndItsBiasShifted() throws {
    let tensors = try tensors("kinds.pth")
    func value(_ name: String, _ index: Int) throws -> Double { Double(try #require(tensors[name]).scalars[index]) }
    let model = KindsNet(.init(for: Self.torch) { $0.hasNorms = false })
    try PretrainedWeights(contentsOf: golden("kinds.pth"), for: KindsNet.self).load(into: model)
    let (filter, bias) = (model.body.stem.filter.value, try #require(model.body.stem.bias).value)
    for output in 0..<4 {
      let factor =
        try value("stem_norm.weight", output) / (value("stem_norm.running_var", output) + 1e-5).squareRoot()
      let shift = try value("stem_norm.bias", output) - value("stem_norm.running_mean", output) * factor
      #expect(abs(Double(bias.scalars[output]) - shift) < 1e-6)
      for tap in 0..<9 {
        for input in 0..<3 {
          let own = Double(filter.scalars[(tap * 3 + input) * 4 + output])
          #expect(abs(own - (try value("stem.weight", (output * 3 + input) * 9 + tap)) * factor) < 1e-6)
        }
      }
    }
  }

  /// timm's rule: a sum for one channel, else the channels in turn times 3 / n; red first, whatever the weights see
  /// first.
  @Test(arguments: [1, 2, 3, 4, 7], [ImageNormalization.torchvision, .caffe])
  func theFirstFilterIsAdaptedToOtherPictures(channels: Int, normalization: ImageNormalization) throws {
    let table = WeightTable(
      Self.torch.name, convention: .pyTorch, normalization: normalization, part: "body", layers: Self.torch.layers)
    let source = try #require(tensors("kinds.pth")["stem.weight"]).scalars
    let model = KindsNet(.init(for: table) { $0.channels = channels })
    let loaded = try PretrainedWeights(contentsOf: golden("kinds.pth"), tables: [table]).load(into: model)
    #expect(loaded.adaptedChannels == (channels == 3 ? nil : 3))
    #expect(
      loaded.description.contains("kinds.pth, the first filter adapted from 3 channels, without auxiliary")
        == (channels != 3))
    let filter = model.body.stem.filter.value
    #expect(filter.shape == [3, 3, channels, 4])
    let fits = filter.scalars.enumerated().map { index, value in
      let (output, channel, tap) = (index % 4, index / 4 % channels, index / (4 * channels))
      func weight(_ color: Int) -> Float { source[(output * 3 + color) * 9 + tap] }
      let turns = channels != 3 && normalization.order == .bgr
      let expected =
        channels == 1
        ? weight(0) + weight(1) + weight(2)
        : weight(turns ? 2 - channel % 3 : channel % 3) * 3 / Float(channels)
      return abs(value - expected) < 1e-6
    }
    #expect(!fits.contains(false), "\(fits)")
  }

  /// A filter that somebody made for other pictures already is taken as it is.
  @Test func aFirstFilterOfTheRightChannelsIsNotAdapted() throws {
    try withTemporaryFolder { folder in
      let filter = Tensor((0..<4 * 2 * 9).map(Float.init), shape: [4, 2, 3, 3])
      let path = try file(in: folder) { $0["stem.weight"] = filter }
      let model = KindsNet(.init(for: Self.torch) { $0.channels = 2 })
      #expect(try PretrainedWeights(contentsOf: path, for: KindsNet.self).load(into: model).adaptedChannels == nil)
      #expect(Array(model.body.stem.filter.value.scalars[..<4]) == [0, 18, 36, 54])
    }
  }

  private func message(_ configuration: KindsNet.Configuration, _ path: String = golden("kinds.pth")) throws -> String {
    let model = KindsNet(configuration)
    let before = model.parameters.map(\.value)
    let weights = try PretrainedWeights(contentsOf: path, for: KindsNet.self)
    let error = #expect(throws: PretrainedWeightsError.self) { try weights.load(into: model) }
    #expect(model.parameters.map(\.value) == before)
    let folder = path.dropLast(path.split(separator: "/").last?.count ?? 0)
    return error?.description.replacing(folder, with: "") ?? ""
  }

  /// What the network has and no layer of the table fills is missing, by its property path.
  @Test func parametersThatNothingFillsAreMissing() throws {
    #expect(
      try message(.init(for: Self.torch) { $0.hasBias = true })
        == "kinds.pth: does not fit as PyTorch kinds weights: missing (1): body.stem.bias; nothing was loaded. "
        + "Save the weights of the whole network again.")
  }

  @Test func aNormalizationIsNeverForgotten() throws {
    try withTemporaryFolder { folder in
      let path = try file(in: folder) {
        $0["stem_norm.weight"] = nil
        $0["depthwise_norm.running_var"] = $0["depthwise_norm.running_var"].map { $0 * -1 }
      }
      for hasNorms in [true, false] {
        #expect(
          try message(.init(for: Self.torch) { $0.hasNorms = hasNorms }, path)
            == "kinds.safetensors: does not fit as PyTorch kinds weights: missing (1): stem_norm.weight; not finite (1): "
            + "depthwise_norm.running_var (negative); nothing was loaded. Use another file.")
      }
    }
  }

  /// A convolution without a bias cannot take a normalization, and a transposed one does not.
  @Test(arguments: ["body.depthwise", "body.up"]) func aNormalizationThatNothingTakesIsUnused(convolution: String)
    throws
  {
    let layers = Self.torch.layers.map { layer in
      layer.name == "stem_norm" ? WeightTable.Layer.batchNormalization("stem_norm", nil, after: convolution) : layer
    }
    let table = WeightTable("other", convention: .pyTorch, normalization: .torchvision, part: "body", layers: layers)
    let weights = try PretrainedWeights(contentsOf: golden("kinds.pth"), tables: [table])
    let error = #expect(throws: PretrainedWeightsError.self) { try weights.load(into: KindsNet(.init(for: table))) }
    let text = error?.description ?? ""
    #expect(
      text.contains(
        "missing (4): body.stemNorm.scale, body.stemNorm.offset, body.stemNorm.runningMean, body.stemNorm.runningVariance; "
          + "unused (4): stem_norm.weight, stem_norm.bias, stem_norm.running_mean, stem_norm.running_var; nothing"),
      "\(text)")
  }

  /// Keras' layers are called by their names where the file has none, too.
  @Test(arguments: files.dropFirst()) func widthsAreSaidInTheWordsOfTheTable(name: String) throws {
    let keras = KindsNet.Configuration.weightTables[1]
    #expect(
      try message(.init(for: keras) { $0.width = 5 }, golden(name))
        == "\(name): stem/kernel has 4 channels in the file and 5 in the model. Make the model's width 4.")
  }

  /// Names of AlexNet, some of which VGG-16 has too.
  @Test func aFileOfAnotherNetworkIsNotTakenForOurs() throws {
    try withTemporaryFolder { folder in
      let names = [0, 3, 6, 8, 10].map { "features.\($0)" } + [1, 4, 6].map { "classifier.\($0)" }
      let path = folder + "/alexnet.safetensors"
      try SafeTensors.write(names.flatMap { [("\($0).weight", Tensor(1)), ("\($0).bias", Tensor(1))] }, to: path)
      let error = #expect(throws: PretrainedWeightsError.self) {
        _ = try PretrainedWeights(contentsOf: path, for: FCNN.self)
      }
      #expect(error?.description.contains("holds none of the weights that the network can start from (Keras") == true)
    }
  }

  /// Where two programs use the same names, the caller says whose weights they are.
  @Test func aTableCanBeChosen() throws {
    let other = WeightTable(
      "other", convention: .pyTorch, normalization: .unit, part: Self.torch.part, layers: Self.torch.layers)
    #expect(try PretrainedWeights(contentsOf: golden("kinds.pth"), tables: [Self.torch, other]).table == Self.torch)
    let weights = try PretrainedWeights(contentsOf: golden("kinds.pth"), tables: [other])
    #expect(weights.normalization == .unit)
    #expect(try weights.load(into: KindsNet(.init(for: other))).table == "other")
  }

  @Test func aNetworkWithoutTablesTakesNoWeights() throws {
    let error = #expect(throws: PretrainedWeightsError.self) {
      _ = try PretrainedWeights(contentsOf: golden("kinds.pth"), tables: [])
    }
    #expect(
      error?.description.hasSuffix(
        "kinds.pth: is not one of Tessera's, and the network cannot start from weights of other programs. Use a checkpoint "
          + "of the same network.") == true)
  }
}
