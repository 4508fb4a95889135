import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// What scores a decoder's earlier results in training, so that its levels get gradients directly: deep supervision
/// (Lee et al. 2014, arXiv:1409.5185), of U-Net++'s depths (Zhou et al. 2018, arXiv:1807.10165) and U-Nets' levels
/// (nnU-Net: Isensee et al. 2021, doi:10.1038/s41592-020-01008-z).
///
/// Scores are enlarged to the picture's size and compared with the same masks. So each output has the same counted
/// pixels, thin classes stay, and losses of several batches add up to that of one large batch; nnU-Net shrinks the
/// masks instead, which is cheaper.
public struct SupervisionHeads: Module {
  /// 1 x 1 each, one output per class; of the earliest result first.
  public let heads: [Conv2D]

  /// No scores.
  static let none = SupervisionHeads(heads: [])

  private init(heads: [Conv2D]) { self.heads = heads }

  /// - Parameter channels: of the results, in the order in which they are found.
  init(of channels: [Int], classes: Int, random: inout RandomStream) {
    heads = channels.map { Conv2D(from: $0, to: classes, kernel: 1, random: &random) }
  }

  var isEmpty: Bool { heads.isEmpty }

  /// Logits at the picture's size, those of the last result first.
  ///
  /// - Parameters:
  ///   - results: `[batch, height, width, channels]` each, in the order in which they were found.
  ///   - size: of the picture.
  ///   - decay: what an output counts compared to the one after it; the network's own counts 1.
  func callAsFunction(_ results: [Variable], size: Extent, decay: Float) -> [WeightedLogits] {
    var weight: Float = 1
    return zip(heads, results).reversed().map { head, result in
      weight *= decay
      return WeightedLogits(resize(head(result), to: size, .bilinear), weight: weight)
    }
  }

  /// What a decay may be: no output counts more than the one after it.
  static let decays: ClosedRange<Float> = 0...1

  /// The option of a network that has such outputs.
  static func option<Configuration: Sendable>(
    _ path: WritableKeyPath<Configuration, Float> & Sendable
  ) -> NetworkOption<Configuration> {
    .number(
      "deep-supervision", path, in: decays,
      help: "Also score the decoder's earlier results, only in training: what the loss of each counts, compared to the "
        + "one after it (0.5 in nnU-Net, 1 in U-Net++); 0 for none.")
  }
}
