import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraTensors

/// Gives pictures of any size their masks, in memory that grows with the picture's pixels and not with their scores.
///
/// ```swift
/// let mask = try Predictor(checkpoint: "best.safetensors").mask(for: Image(contentsOf: "street.jpg"))
/// try mask.colored.write(to: "street-mask.png")
/// ```
public struct Predictor {
  /// At which size the network sees the picture.
  public enum Scale: Sendable, Hashable {
    /// The square that it was trained on; the scores are enlarged to the picture's size. Fast, and what training saw.
    case trained
    /// The picture's own pixels, in overlapping tiles of `tile` x `tile` pixels where it is larger.
    ///
    /// A pixel's scores are taken from a tile in which it lies `margin` pixels at least from the tile's border, unless
    /// that is the picture's. Where the margin is the network's `receptiveRadius` or more, they are those of the whole
    /// picture at once but for rounding. A tile is 512 pixels (384 where views are averaged) and its margins by
    /// default, and grows where its margins leave too little of it. A network whose `receptiveRadius` is `nil` sees
    /// pictures as a whole, unless a margin is given in pixels; then masks may show where tiles meet.
    case original(tile: Int? = nil, margin: TileMargin = .receptiveField)
  }

  /// The network.
  public let model: any SegmentationModel
  /// What its outputs mean.
  public let labelSpace: LabelSpace
  /// The side of the squares of `Scale.trained`, in pixels.
  public let imageSize: Int
  /// At which size the network sees pictures.
  public let scale: Scale
  /// Which further views of a picture count.
  public let averaging: Averaging
  /// How far the network looks, where tiles follow from that.
  let receptiveRadius: Int?
  /// Filters as the kernels want them, kept from the second picture on.
  private let prepared = PreparedTensors()

  public init(
    model: any SegmentationModel, labelSpace: LabelSpace, imageSize: Int, scale: Scale = .trained,
    averaging: Averaging = .none
  ) {
    self.model = model
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.scale = scale
    self.averaging = averaging
    if case .original(_, .receptiveField) = scale {
      receptiveRadius = model.receptiveRadius
    } else {
      receptiveRadius = nil
    }
  }

  /// The network, the classes and the preprocessing of a checkpoint.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - catalog: the networks that the file may be of.
  ///   - scale: at which size the network sees pictures.
  ///   - averaging: which further views of a picture count.
  /// - Throws: what reading the checkpoint throws.
  public init(
    checkpoint path: String, catalog: NetworkCatalog = .current, scale: Scale = .trained,
    averaging: Averaging = .none
  ) throws {
    let checkpoint = try SegmentationCheckpoint(contentsOf: path, catalog: catalog)
    self.init(
      model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: checkpoint.imageSize, scale: scale,
      averaging: averaging)
  }

  /// The most probable class of each pixel, at the picture's own size.
  ///
  /// Void is never predicted: nothing was learned about an output that stands for it.
  public func mask(for image: Image) -> Mask { prediction(for: image).mask }

  /// The mask, and beside it the largest output of each pixel with void's among them.
  public func prediction(for image: Image) -> Prediction {
    let plan = PredictionPlan(self, for: image)
    var any = [UInt16](repeating: 0, count: image.width * image.height)
    var allowed = any
    // Scores of a view that the network sees as a whole serve all blocks.
    var whole: [Int: Tensor] = [:]
    for (row, rows) in plan.rows.enumerated() {
      for (column, columns) in plan.columns.enumerated() {
        let sampled = plan.views.indices.lazy.map { index in
          let view = plan.views[index]
          let scores = whole[index] ?? logits(of: view.pixels(row, column))
          if view.isWhole { whole[index] = scores }
          return view.sampled(scores, row, column)
        }
        let best = (plan.views.count == 1 ? sampled[0] : meanProbabilities(sampled)).largest(
          excluding: labelSpace.void)
        for (index, y) in rows.enumerated() {
          let (source, target) = (index * columns.count, y * image.width + columns.lowerBound)
          any.replaceSubrange(target..<target + columns.count, with: best.any[source..<source + columns.count])
          allowed.replaceSubrange(target..<target + columns.count, with: best.allowed[source..<source + columns.count])
        }
      }
    }
    func mask(_ indices: [UInt16]) -> Mask {
      Mask(width: image.width, height: image.height, indices: indices, labelSpace: labelSpace)
    }
    return Prediction(mask: mask(allowed), largestOutputs: mask(any))
  }

  /// The sum of the views' probabilities, which is largest where their mean is; one view's scores at a time.
  private func meanProbabilities(_ views: some Sequence<SampledScores>) -> SampledScores {
    var sum: Tensor?
    for view in views {
      var probabilities = sum ?? .zeros([1, view.rows.count, view.columns.count, view.scores.shape[3]])
      sum = nil
      view.addProbabilities(to: &probabilities)
      sum = probabilities
    }
    return SampledScores(sum ?? .zeros([1, 1, 1, 1]))
  }

  /// Logits `[1, height, width, classes]` of pixels `[1, height, width, 3]`.
  private func logits(of pixels: Tensor) -> Tensor {
    // A large window uses each filter so often that keeping them would save no time, and cost memory.
    let isLarge = pixels.shape[1] * pixels.shape[2] > 256 * 256
    let context = ComputeContext.current
    return ComputeContext.$current.withValue(isLarge ? context : context.keeping(prepared)) {
      model(Variable(model.normalization(pixels))).value
    }
  }
}
