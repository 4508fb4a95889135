import Foundation
import TesseraArchives
import TesseraAutograd
import TesseraCheckpoints
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import TestSupport
import Testing

/// Whole networks that Keras saved, under whatever names (scripts/golden/keras_networks.py).
@Suite struct KerasNetworkTests {
  private static let archive = try? ArchiveFile(contentsOf: golden("keras-networks.zip"))

  /// Calls `body` with one of the script's files.
  static func withFile<Result>(_ name: String, _ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      try bytes(name).write(to: path)
      return try body(path)
    }
  }

  static func bytes(_ name: String) throws -> [UInt8] { try #require(archive).bytes(at: name, atMost: 1 << 20) }

  private static func network(_ name: String, classes: Int = 4) -> any SegmentationModel {
    let random = RandomStream(seed: 1)
    if name.hasPrefix("unet") { return UNet(.init(classes: classes, width: 1, normalization: .unit), random: random) }
    let head = name.hasPrefix("fcn8s") ? FCNN.Head.convolutionalized(width: 8) : .original
    return FCNN(.init(classes: classes, width: 1, head: head, normalization: .unit), random: random)
  }

  private static func load(_ path: String, into model: some SegmentationModel) throws -> LoadedWeights {
    try PretrainedWeights(contentsOf: path, tables: type(of: model.configuration).weightTables).load(into: model)
  }

  @Test(arguments: [
    ("unet.keras", "Keras U-Net"), ("unet-unnamed.keras", "Keras U-Net"), ("unet.h5", "Keras U-Net"),
    ("unet.weights.h5", "Keras U-Net"), ("unet-keras2.h5", "Keras U-Net"), ("unet-keras2-weights.h5", "Keras U-Net"),
    ("unet-named.h5", "Keras U-Net"), ("fcnn.keras", "Keras FCNN"), ("fcnn.weights.h5", "Keras FCNN"),
    ("fcnn-keras2.h5", "Keras FCNN"), ("fcnn-nested.h5", "Keras FCNN"), ("fcnn-nested.weights.h5", "Keras FCNN"),
    ("fcn8s.keras", "Keras FCN-8s"),
  ])
  func itComputesWhatKerasComputes(name: String, table: String) throws {
    try Self.withFile("expected.safetensors") { expected in
      let expected = try SafeTensors(contentsOf: expected)
      try Self.withFile(name) { path in
        let model = Self.network(name)
        let loaded = try Self.load(path, into: model)
        #expect(loaded.description == "\(table) weights from \(path)")
        let network = name.prefix { $0.isLetter || $0.isNumber }
        let logits = model(Variable(model.normalization(try expected.tensor("\(network)/pixels")))).value
        let (size, wanted) = (logits.shape[1], try expected.tensor("\(network)/logits"))
        let sampled = Tensor(shape: wanted.shape) { values in
          var index = 0
          for row in stride(from: 0, to: size, by: 3) {
            for column in stride(from: 0, to: size, by: 3) {
              for output in 0..<4 {
                values[index] = logits[0, row, column, output]
                index += 1
              }
            }
          }
        }
        expectClose(sampled, wanted, tolerance: 1e-5, name)
      }
    }
  }

  @Test(arguments: ["unet.keras", "fcnn.weights.h5"]) func otherClassesGetANewClassifier(name: String) throws {
    try Self.withFile(name) { path in
      let (model, whole) = (Self.network(name, classes: 9), Self.network(name))
      let fresh = Dictionary(uniqueKeysWithValues: model.namedParameters.map { ($0.name, $0.parameter.value) })
      let loaded = try Self.load(path, into: model)
      _ = try Self.load(path, into: whole)
      let new = try #require(loaded.newClassifier)
      #expect(new.classesInFile == 4)
      #expect(
        new.parameters
          == (name.hasPrefix("unet")
            ? ["classifier.filter", "classifier.bias"]
            : [
              "up5.filter", "score4.filter", "score4.bias", "up4.filter", "score3.filter", "score3.bias", "up3.filter",
              "up3.bias",
            ]))
      for (own, theirs) in zip(model.namedParameters, whole.namedParameters) {
        let isNew = new.parameters.contains(own.name)
        #expect(own.parameter.value == (isNew ? fresh[own.name] : theirs.parameter.value), "\(own.name)")
      }
    }
  }

  private func message(_ name: String, into model: some SegmentationModel) throws -> String {
    try Self.withFile(name) { path in
      let before = model.parameters.map(\.value)
      let error = #expect(throws: PretrainedWeightsError.self) { try Self.load(path, into: model) }
      #expect(model.parameters.map(\.value) == before)
      return (error?.description ?? "").replacing(path, with: name)
    }
  }

  @Test func whatDoesNotFitIsSaidByItsFirstDifference() throws {
    let random = RandomStream(seed: 1)
    let wide = UNet(.init(classes: 4, width: 8, normalization: .unit), random: random)
    // Where the weights have no names, the description of the model has them.
    for name in ["unet.keras", "unet-unnamed.keras", "unet.weights.h5"] {
      #expect(
        try message(name, into: wide)
          == "\(name): conv2d_19/kernel has 1 channels in the file and 8 in the model. Make the model's width 1.")
    }
    let remedy = "; nothing was loaded. Use a file of this network, with the same depth and options."
    #expect(
      try message("shallow.weights.h5", into: Self.network("unet"))
        == "shallow.weights.h5: its layers are not those of Keras U-Net: 15 of type conv2d instead of 19, 3 of type "
        + "conv2d_transpose instead of 4, conv2d_65/kernel is [3, 3, 8, 4] where bottleneck.first needs [3, 3, 8, 16]"
        + remedy)
    #expect(
      try message("fcn8s.keras", into: Self.network("fcnn"))
        == "fcn8s.keras: its layers are not those of Keras FCN-8s: 17 of type conv2d instead of 15, there is no place "
        + "for conv2d_78/kernel" + remedy)
    #expect(
      try message("fcnn.keras", into: Self.network("unet"))
        == "fcnn.keras: its layers are not those of Keras U-Net: 15 of type conv2d instead of 19, 3 of type "
        + "conv2d_transpose instead of 4, block3_conv3/kernel is [3, 3, 4, 4] where encoder.3.first needs [3, 3, 4, 8]"
        + remedy)
  }

  @Test func tablesHaveEveryParameterOnce() {
    for (model, table) in [
      (Self.network("unet"), UNet.Configuration.weightTables[0]),
      (Self.network("fcnn"), FCNN.Configuration.weightTables[5]),
      (Self.network("fcn8s"), FCNN.Configuration.weightTables[6]),
    ] {
      let filled = table.layers.flatMap { layer in layer.properties.map { "\(layer.path ?? "").\($0)" } }
      #expect(filled.count == Set(filled).count && Set(filled) == Set(model.namedParameters.map(\.name)))
    }
  }
}
