import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// A convolution and the number of outputs of a Winograd tile along each axis.
struct WinogradCase: Sendable, CustomTestStringConvertible {
  var convolution: ConvolutionCase
  var tile: Int

  var testDescription: String { "tile \(tile): \(convolution.testDescription)" }
  var algorithm: ConvolutionAlgorithm { .winograd(tile: tile) }

  /// Tensors as layers see them: pictures behind a ReLU, and filters scaled to keep their deviation.
  struct Data {
    let input: Tensor
    let filter: Tensor
    let bias: Tensor
    /// Of the input's channels, for the transposed convolution.
    let inputBias: Tensor
    let gradient: Tensor
  }

  var data: Data {
    let oracle = convolution.oracle
    let inputs = Float(oracle.filterShape.elementCount / convolution.outputs)
    return Data(
      input: Activation.relu(.truncatedNormal(oracle.inputShape, deviation: 1, key: 1)),
      filter: .truncatedNormal(oracle.filterShape, deviation: (2 / inputs).squareRoot(), key: 2),
      bias: .truncatedNormal([convolution.outputs], deviation: 0.1, key: 3),
      inputBias: .truncatedNormal([convolution.channels], deviation: 0.1, key: 4),
      gradient: .truncatedNormal(oracle.outputShape, deviation: 1, key: 5))
  }

  /// Windows that are 2 or 3 taps wide between the phases of their stride, and the tiles for these.
  private static let windows: [(kernel: Int, stride: Int, tiles: [Int])] = [
    (3, 1, [2, 4, 6]), (5, 2, [2, 4, 6]), (7, 3, [2, 4, 6]),
    (2, 1, [3, 4]), (3, 2, [3, 4]), (4, 2, [3, 4]), (5, 3, [3, 4]), (8, 4, [3, 4]), (16, 8, [3, 4]),
  ]

  /// Every window, tile and padding on pictures of one pixel, smaller than a tile, and with tiles that are cut off.
  static let small: [WinogradCase] = {
    let channels = [(1, 8), (8, 1), (16, 31), (33, 16), (8, 33), (31, 8), (1, 1)]
    var cases: [WinogradCase] = []
    for (kernel, stride, tiles) in windows {
      // The first windows lie in the padding but for a pixel, the last ones wholly.
      let uneven = Padding.explicit(top: kernel - 1, bottom: 1, left: 0, right: kernel)
      let sizes = [(1, 1), (kernel, kernel + stride + 1), (kernel + 7 * stride + 1, kernel + 4 * stride)]
      for tile in tiles {
        for padding in [Padding.same, .valid, uneven] {
          for size in sizes where padding != .valid || size.0 >= kernel {
            let (inputs, outputs) = channels[cases.count % channels.count]
            cases.append(
              WinogradCase(
                convolution: ConvolutionCase(
                  batch: cases.count % 2 == 0 ? 1 : 3, size: size, channels: inputs, outputs: outputs,
                  kernel: (kernel, kernel), stride: (stride, stride), padding: padding),
                tile: tile))
          }
        }
      }
    }
    return cases
  }()

  /// Shapes between which the ways to cut the work change.
  static let large: [WinogradCase] =
    // Several panels, the last one not full.
    cases([2, 4, 6], ConvolutionCase(batch: 1, size: (21, 26), channels: 70, outputs: 130))
    + cases([2, 4, 6], ConvolutionCase(batch: 3, size: (16, 16), channels: 130, outputs: 70))
    // Thousands of tiles between few channels.
    + cases([2, 4], ConvolutionCase(batch: 3, size: (85, 84), channels: 8, outputs: 16))
    + cases([6], ConvolutionCase(batch: 3, size: (127, 130), channels: 8, outputs: 16))
    + cases([2, 4], ConvolutionCase(batch: 1, size: (60, 52), channels: 40, outputs: 70))
    // Few tiles between many channels.
    + cases([2, 4, 6], ConvolutionCase(batch: 1, size: (8, 8), channels: 512, outputs: 512))
    + cases([4], ConvolutionCase(batch: 3, size: (8, 8), channels: 512, outputs: 70))
    // Transformed tiles of many megabytes.
    + cases([6], ConvolutionCase(batch: 1, size: (90, 96), channels: 560, outputs: 33))
    // Sums of a filter over several blocks of tiles.
    + cases([4], ConvolutionCase(batch: 1, size: (88, 60), channels: 160, outputs: 300))
    // Phases of a dilation: whole, cut off at the end, of a pixel or none, and with a padding of several windows.
    + cases([2, 4, 6], ConvolutionCase(batch: 2, size: (16, 24), channels: 16, outputs: 31, dilation: (2, 2)))
    + cases([2, 4], ConvolutionCase(batch: 2, size: (17, 11), channels: 33, outputs: 8, dilation: (4, 3)))
    + cases([2, 4], ConvolutionCase(batch: 1, size: (7, 9), channels: 8, outputs: 16, dilation: (6, 1)))
    + cases(
      [2, 4],
      ConvolutionCase(
        batch: 2, size: (13, 15), channels: 8, outputs: 8, padding: .explicit(top: 6, bottom: 1, left: 0, right: 4),
        dilation: (3, 2)))
    + cases(
      [3], ConvolutionCase(size: (9, 14), channels: 8, outputs: 9, kernel: (2, 2), padding: .valid, dilation: (3, 3)))
    // Thousands of columns from the phases of a stride.
    + cases(
      [3, 4],
      ConvolutionCase(batch: 1, size: (64, 48), channels: 70, outputs: 70, kernel: (16, 16), stride: (8, 8)))
    + cases(
      [3, 4], ConvolutionCase(batch: 3, size: (33, 40), channels: 33, outputs: 130, kernel: (4, 4), stride: (2, 2)))
    + cases(
      [3, 4], ConvolutionCase(batch: 1, size: (20, 24), channels: 130, outputs: 31, kernel: (3, 3), stride: (2, 2)))

  private static func cases(_ tiles: [Int], _ convolution: ConvolutionCase) -> [WinogradCase] {
    tiles.map { WinogradCase(convolution: convolution, tile: $0) }
  }
}
