import TesseraLayers

/// Details of an encoder in which programs differ though its weights have the same shapes.
///
/// Weights give the numbers of the program that they come from only with that program's details. They are part of a
/// network's configuration, as the normalization of pixels is; `PretrainedWeights.adapting(_:)` takes both from
/// weights. By default all details are the encoder's own.
public struct EncoderVariant: Sendable, Hashable {
  /// Whether the inverted residuals' strided windows have an odd row and column of padding at the end, as in
  /// TensorFlow; PyTorch has half a window on every side.
  public var padsEnd: Bool
  /// Whether bottlenecks of a ResNet stride in their first 1 x 1 convolution ("version 1"), not in the 3 x 3.
  public var stridesFirst: Bool
  /// Whether features at 1/16 of the size are those of the first block of their last stage, and what follows is dilated
  /// as the next size is.
  public var splitsSixteenth: Bool
  /// Of batch normalizations; `nil` for the encoder's own.
  public var batchNorm: BatchNorm.Convention?
  /// What the layer normalizations of a transformer's blocks and stages add to the variance; `nil` for the encoder's
  /// own.
  public var blockEpsilon: Float?

  public init(
    padsEnd: Bool = false, stridesFirst: Bool = false, splitsSixteenth: Bool = false,
    batchNorm: BatchNorm.Convention? = nil, blockEpsilon: Float? = nil
  ) {
    self.padsEnd = padsEnd
    self.stridesFirst = stridesFirst
    self.splitsSixteenth = splitsSixteenth
    self.batchNorm = batchNorm
    self.blockEpsilon = blockEpsilon
  }
}

extension EncoderVariant: Codable {
  private enum CodingKeys: CodingKey { case padsEnd, stridesFirst, splitsSixteenth, batchNorm, blockEpsilon }

  /// - Throws: `DecodingError`, also for an epsilon that is not positive.
  public init(from decoder: any Decoder) throws {
    let card = try decoder.container(keyedBy: CodingKeys.self)
    func flag(_ key: CodingKeys) throws -> Bool { try card.decodeIfPresent(Bool.self, forKey: key) ?? false }
    self.init(
      padsEnd: try flag(.padsEnd), stridesFirst: try flag(.stridesFirst), splitsSixteenth: try flag(.splitsSixteenth),
      batchNorm: try card.decodeIfPresent(BatchNorm.Convention.self, forKey: .batchNorm),
      blockEpsilon: try card.decodeIfPresent(Float.self, forKey: .blockEpsilon))
    if let blockEpsilon, !(blockEpsilon.isFinite && blockEpsilon > 0) {
      throw DecodingError.dataCorruptedError(
        forKey: .blockEpsilon, in: card, debugDescription: "\(blockEpsilon) is no positive number")
    }
  }
}

extension EncoderVariant: CustomStringConvertible {
  /// What differs from the encoder's own, for one line: `strides in first convolutions, epsilon 0.001`.
  public var description: String {
    let details = [
      padsEnd ? "padding as in TensorFlow" : nil,
      stridesFirst ? "stride in a bottleneck's first convolution" : nil,
      splitsSixteenth ? "features at 1/16 from the first block of their last stage" : nil,
      batchNorm.map { "batch normalizations with epsilon \($0.epsilon) and momentum \($0.momentum)" },
      blockEpsilon.map { "layer normalizations with epsilon \($0)" },
    ]
    let found = details.compactMap(\.self)
    return found.isEmpty ? "the encoder's own details" : found.joined(separator: ", ")
  }
}
