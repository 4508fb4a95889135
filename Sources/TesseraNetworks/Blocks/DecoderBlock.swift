import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// A level of the decoders of U-Net and U-Net++: two 3 x 3 convolutions, of enlarged features joined with the
/// encoder's.
public struct DecoderBlock: Module {
  public let first: ConvNorm
  public let second: ConvNorm

  /// The channels of the levels, from the deepest upward.
  static let widths = [256, 128, 64, 32, 16]

  /// Creates a level from `inputs` to `outputs` channels.
  public init(from inputs: Int, to outputs: Int, random: inout RandomStream) {
    first = ConvNorm(from: inputs, to: outputs, random: &random)
    second = ConvNorm(from: outputs, to: outputs, random: &random)
  }

  /// `[batch, height, width, inputs]` -> `[batch, height, width, outputs]`.
  public func callAsFunction(_ input: consuming Variable) -> Variable { recomputed(consume input, by: compute) }

  /// `[batch, h, w, channels]` and what it is joined with -> `[batch, 2 h, 2 w, outputs]`.
  public func callAsFunction(_ input: consuming Variable, joining skip: consuming Variable?) -> Variable {
    guard let skip, skip.shape[3] > 0 else { return recomputed(consume input, by: enlarge) }
    return recomputed(consume input, consume skip, by: join)
  }

  private func compute(_ input: consuming Variable) -> Variable {
    let features = first(consume input)
    return second(consume features)
  }

  private func enlarge(_ input: consuming Variable) -> Variable { compute(upsample(consume input, by: 2)) }

  private func join(_ input: consuming Variable, _ skip: consuming Variable) -> Variable {
    let enlarged = upsample(consume input, by: 2)
    return compute(concatenate([consume enlarged, consume skip]))
  }

  /// segmentation-models-pytorch's names.
  static func names(_ path: String, _ first: String, _ second: String) -> [String: String] {
    LayerNaming.unit("\(path).first", first) + LayerNaming.unit("\(path).second", second)
  }
}
