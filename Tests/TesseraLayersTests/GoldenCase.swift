import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraKernels
import TesseraLayers
import TesseraTensors
import Testing

/// One case of `Tests/Golden/layers.safetensors`: a layer's settings and arrays as Keras computed them
/// (`scripts/golden`).
struct GoldenCase: Sendable, CustomTestStringConvertible {
  struct Settings: Decodable, Sendable {
    let layer: String
    let kernel, stride, dilation, groups, window, factor, ignoreClass: Int?
    let padding, activation, mode, interpolation, reduction: String?
    let momentum, epsilon, negativeSlope, labelSmoothing: Float?
    let bias, weighted: Bool?
  }

  let name: String
  let settings: Settings
  private let file: SafeTensors

  var testDescription: String { name }

  static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Golden/layers.safetensors").path

  static func all() throws -> [GoldenCase] {
    let file = try SafeTensors(contentsOf: path)
    let names = try JSONDecoder().decode([String].self, from: Data(#require(file.metadata["cases"]).utf8))
    return try names.map { name in
      let settings = try JSONDecoder().decode(Settings.self, from: Data(#require(file.metadata[name]).utf8))
      return GoldenCase(name: name, settings: settings, file: file)
    }
  }

  func tensor(_ array: String) throws -> Tensor { try file.tensor("\(name)/\(array)") }

  /// The arrays whose gradients Keras gave.
  var differentiated: [String] {
    let prefix = "\(name)/gradient."
    return file.names.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }

  /// A parameter that holds an array of the case.
  private func fill(_ parameter: Parameter, from array: String) throws -> (String, Parameter) {
    parameter.value = try tensor(array)
    return (array, parameter)
  }

  /// What Keras' layer is here, with its parameters under their names in the file.
  func subject() throws -> (function: (Variable) throws -> Variable, parameters: [String: Parameter]) {
    var random = RandomStream(seed: 0)
    var parameters: [(String, Parameter)] = []
    func layer(_ layer: some Layer) -> ((Variable) throws -> Variable, [String: Parameter]) {
      ({ layer($0) }, Dictionary(uniqueKeysWithValues: parameters))
    }
    let padding: Padding = settings.padding == "same" ? .same : .valid
    switch settings.layer {
    case "Conv2D":
      let filter = try tensor("filter").shape
      let (groups, kernel) = (try #require(settings.groups), try #require(settings.kernel))
      let convolution = Conv2D(
        from: filter[2] * groups, to: filter[3], kernel: Extent(kernel), stride: Extent(try #require(settings.stride)),
        padding: padding, dilation: Extent(try #require(settings.dilation)), groups: groups,
        bias: settings.bias == true, activation: settings.activation == "relu" ? .relu : .identity, random: &random)
      parameters.append(try fill(convolution.filter, from: "filter"))
      if let bias = convolution.bias { parameters.append(try fill(bias, from: "bias")) }
      return layer(convolution)
    case "Conv2DTranspose":
      let filter = try tensor("filter").shape
      let convolution = TransposedConv2D(
        from: filter[3], to: filter[2], kernel: Extent(try #require(settings.kernel)),
        stride: Extent(try #require(settings.stride)), cropping: padding == .same ? .same : .valid,
        bias: settings.bias == true, activation: settings.activation == "relu" ? .relu : .identity, random: &random)
      parameters.append(try fill(convolution.filter, from: "filter"))
      if let bias = convolution.bias { parameters.append(try fill(bias, from: "bias")) }
      return layer(convolution)
    case "Dense":
      let weight = try tensor("weight").shape
      let dense = Dense(
        from: weight[0], to: weight[1], activation: settings.activation == "relu" ? .relu : .identity, random: &random)
      parameters.append(try fill(dense.weight, from: "weight"))
      if let bias = dense.bias { parameters.append(try fill(bias, from: "bias")) }
      return layer(dense)
    case "BatchNormalization":
      let norm = BatchNorm(
        try tensor("gamma").count,
        convention: BatchNorm.Convention(
          momentum: try #require(settings.momentum), epsilon: try #require(settings.epsilon), isUnbiased: false))
      parameters = [
        try fill(norm.scale, from: "gamma"), try fill(norm.offset, from: "beta"),
        try fill(norm.runningMean, from: "movingMean"), try fill(norm.runningVariance, from: "movingVariance"),
      ]
      return layer(norm)
    case "GroupNormalization":
      let norm = GroupNorm(
        try tensor("gamma").count, groups: try #require(settings.groups), epsilon: try #require(settings.epsilon))
      parameters = [try fill(norm.scale, from: "gamma"), try fill(norm.offset, from: "beta")]
      return layer(norm)
    case "LayerNormalization":
      let norm = LayerNorm(try tensor("gamma").count, epsilon: try #require(settings.epsilon))
      parameters = [try fill(norm.scale, from: "gamma"), try fill(norm.offset, from: "beta")]
      return layer(norm)
    case "MaxPooling2D", "AveragePooling2D":
      let (window, stride) = (Extent(try #require(settings.window)), Extent(try #require(settings.stride)))
      return settings.layer == "MaxPooling2D"
        ? layer(MaxPool2D(window: window, stride: stride, padding: padding))
        : layer(AveragePool2D(window: window, stride: stride, padding: padding))
    case "GlobalMaxPooling2D": return layer(GlobalMaxPool2D())
    case "GlobalAveragePooling2D": return layer(GlobalAveragePool2D())
    case "UpSampling2D":
      return layer(
        UpSampling2D(
          by: Extent(try #require(settings.factor)), settings.interpolation == "nearest" ? .nearest : .bilinear))
    case "Activation": return try (activation(), [:])
    default: return (try loss(), [:])
    }
  }

  private func activation() throws -> (Variable) -> Variable {
    switch try #require(settings.activation) {
    case "relu": return { ActivationLayer(.relu)($0) }
    case "leakyRelu":
      let slope = try #require(settings.negativeSlope)
      return { ActivationLayer(.leakyReLU(slope: slope))($0) }
    case "sigmoid": return { ActivationLayer(.sigmoid)($0) }
    case "tanh": return { ActivationLayer(.tanh)($0) }
    case "gelu": return { ActivationLayer(.gelu)($0) }
    case "softmax": return { Softmax()($0) }
    case let other: throw UnknownCase(what: other)
    }
  }
}

/// A case of the file for which there is no counterpart here.
struct UnknownCase: Error {
  let what: String
}
