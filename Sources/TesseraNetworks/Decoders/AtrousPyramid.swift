import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Atrous spatial pyramid pooling (Chen et al. 2017, arXiv:1706.05587): the same features seen through windows of
/// several dilations, and as a mean of the whole picture.
public struct AtrousPyramid: Module {
  /// 1 x 1.
  public let pointwise: ConvNorm
  /// 3 x 3, one for each dilation: `ConvNorm` or `SeparableConvNorm`.
  public let dilated: [any Layer]
  /// 1 x 1, of the picture's mean.
  public let pooled: ConvNorm
  /// 1 x 1, of all of these.
  public let joined: ConvNorm
  let dropoutRate: Float

  /// - Parameters:
  ///   - inputs: the number of channels of the features.
  ///   - outputs: the number of channels of each part and of the result.
  ///   - dilations: of the windows.
  ///   - isSeparable: whether windows see each channel by itself.
  ///   - dropout: the share of the result that training drops.
  ///   - random: what the initial weights are drawn from.
  public init(
    from inputs: Int, to outputs: Int = 256, dilations: [Int] = [12, 24, 36], isSeparable: Bool, dropout: Float,
    random: inout RandomStream
  ) {
    pointwise = ConvNorm(from: inputs, to: outputs, kernel: 1, random: &random)
    var dilated: [any Layer] = []
    for dilation in dilations {
      if isSeparable {
        dilated.append(SeparableConvNorm(from: inputs, to: outputs, dilation: dilation, random: &random))
      } else {
        dilated.append(ConvNorm(from: inputs, to: outputs, dilation: dilation, random: &random))
      }
    }
    self.dilated = dilated
    pooled = ConvNorm(from: inputs, to: outputs, kernel: 1, random: &random)
    joined = ConvNorm(from: outputs * (2 + dilations.count), to: outputs, kernel: 1, random: &random)
    dropoutRate = dropout
  }

  /// `[batch, height, width, inputs]` -> `[batch, height, width, outputs]`.
  public func callAsFunction(_ input: Variable) -> Variable { recomputed(input, by: compute) }

  private func compute(_ input: consuming Variable) -> Variable {
    let input = input
    let mean = pooled(globalAveragePool(input, keepingAxes: true))
    let whole = resize(mean, to: Extent(height: input.shape[1], width: input.shape[2]), .nearest)
    let all = concatenate([pointwise(input)] + dilated.map { $0(input) } + [whole])
    return dropout(joined(all), rate: dropoutRate)
  }

  /// The names of torchvision and segmentation-models-pytorch, for three dilations.
  static func names(_ path: String, _ foreign: String, isSeparable: Bool) -> [String: String] {
    var names =
      LayerNaming.unit("\(path).pointwise", "\(foreign).convs.0")
      + LayerNaming.unit("\(path).joined", "\(foreign).project")
      // The mean is layer 0 of its sequence.
      + ["\(path).pooled.convolution": "\(foreign).convs.4.1", "\(path).pooled.norm": "\(foreign).convs.4.2"]
    for index in 0..<3 {
      let (own, other) = ("\(path).dilated.\(index)", "\(foreign).convs.\(index + 1)")
      names = names + (isSeparable ? separable(own, other) : LayerNaming.unit(own, other))
    }
    return names
  }

  /// The names of a `SeparableConvNorm`.
  static func separable(_ path: String, _ foreign: String) -> [String: String] {
    [
      "\(path).depthwise": "\(foreign).0.0", "\(path).pointwise.convolution": "\(foreign).0.1",
      "\(path).pointwise.norm": "\(foreign).1",
    ]
  }
}
