import TesseraAutograd
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraTensors

/// Predicts masks for pictures of any size, in memory that grows with the picture's pixels, not with their scores.
///
/// ```swift
/// let mask = try Predictor(checkpoint: "best.safetensors").mask(for: Image(contentsOf: "street.jpg"))
/// try mask.colored.write(to: "street-mask.png")
/// ```
/// Any number of tasks and threads may share one. At most ``sideBySide`` predictions compute at once, which bounds the
/// memory of their features and scores; they share the threads of the `ComputeContext`. The others wait in order of
/// arrival. `mask(for:)` blocks its thread meanwhile. Tasks, such as those of a server, should call `queuedMask(for:)`:
/// it suspends while it waits and while the network computes, and can be cancelled.
/// ```swift
/// let predictor = try Predictor(checkpoint: "best.safetensors", sideBySide: 2)
/// let masks = try await withThrowingTaskGroup(of: Mask.self) { group in
///   for image in images { group.addTask { try await predictor.queuedMask(for: image) } }
///   return try await group.reduce(into: []) { $0.append($1) }
/// }
/// ```
/// The network's weights are not copied. Training the same network meanwhile is not a data race: each layer computes
/// with the weights at the time it runs, so one pass may see those of two steps. Load a checkpoint for weights that do
/// not change.
public struct Predictor: Sendable {
  /// At which size the network sees the picture.
  public enum Scale: Sendable, Hashable {
    /// As in training: the size that it was trained at, and the scores are scaled to the picture's size, which is fast.
    /// A network that was trained on crops sees the pixels of the whole picture at the scale of its crops, in tiles as
    /// below.
    case trained
    /// The picture's own pixels, in overlapping tiles of `tile` x `tile` pixels if it is larger.
    ///
    /// A pixel's scores are taken from a tile in which it is at least `margin` pixels from the tile's border, unless
    /// that is the picture's. If the margin is the network's `receptiveRadius` or more, they are those of the whole
    /// picture at once, except for rounding. A tile is 512 pixels (384 if views are averaged) plus its margins by
    /// default, and grows where its margins leave too little of it. A network whose `receptiveRadius` is `nil` sees
    /// pictures as a whole, unless a margin is given in pixels; then seams between tiles may be visible in masks.
    case original(tile: Int? = nil, margin: TileMargin = .receptiveField)
  }

  /// The network.
  public let model: any SegmentationModel
  /// What its outputs mean.
  public let labelSpace: LabelSpace
  /// The size of `Scale.trained`.
  public let imageSize: ImageSize
  /// How pictures become pictures of that size.
  public let framing: Framing
  /// The size at which the network sees pictures.
  public let scale: Scale
  /// Which further views of a picture count.
  public let averaging: Averaging
  /// How far the network looks, if tiles follow from that.
  package let receptiveRadius: Int?
  private let inference: PlannedInference
  private let places: ComputingPlaces

  /// - Parameters:
  ///   - model: the network.
  ///   - labelSpace: what its outputs mean.
  ///   - imageSize: the size of `Scale.trained`.
  ///   - framing: how pictures became pictures of that size in training.
  ///   - scale: at which size the network sees pictures.
  ///   - averaging: which further views of a picture count.
  ///   - sideBySide: how many predictions compute at a time, at most.
  public init(
    model: any SegmentationModel, labelSpace: LabelSpace, imageSize: ImageSize, framing: Framing = .stretch,
    scale: Scale = .trained, averaging: Averaging = .none, sideBySide: Int = 1
  ) {
    self.model = model
    self.labelSpace = labelSpace
    self.imageSize = imageSize
    self.framing = framing
    self.scale = scale
    self.averaging = averaging
    if case .original(_, .receptiveField) = Self.sight(scale, framing) {
      receptiveRadius = model.receptiveRadius
    } else {
      receptiveRadius = nil
    }
    inference = PlannedInference(of: model)
    places = ComputingPlaces(sideBySide)
  }

  /// The network, the classes and the preprocessing of a checkpoint.
  ///
  /// - Parameters:
  ///   - path: the checkpoint.
  ///   - catalog: the networks that the file may be of.
  ///   - scale: at which size the network sees pictures.
  ///   - averaging: which further views of a picture count.
  ///   - sideBySide: how many predictions compute at a time, at most.
  /// - Throws: what reading the checkpoint throws.
  public init(
    checkpoint path: String, catalog: NetworkCatalog = .current, scale: Scale = .trained,
    averaging: Averaging = .none, sideBySide: Int = 1
  ) throws {
    let checkpoint = try SegmentationCheckpoint(contentsOf: path, catalog: catalog)
    self.init(
      model: checkpoint.model, labelSpace: checkpoint.labelSpace, imageSize: checkpoint.imageSize,
      framing: checkpoint.framing, scale: scale, averaging: averaging, sideBySide: sideBySide)
  }

  /// How a network that was trained with `framing` sees pictures: crops are pixels of the picture.
  private static func sight(_ scale: Scale, _ framing: Framing) -> Scale {
    if case (.trained, .crop) = (scale, framing) { .original() } else { scale }
  }

  /// The size at which the network sees pictures, where `Scale.trained` means a frame that all pictures fit.
  var sight: Scale { Self.sight(scale, framing) }

  /// What the sides of a picture are multiplied by where its own pixels are seen.
  var pixelScale: Double { if case (.trained, .crop(let factor)) = (scale, framing) { factor } else { 1 } }

  /// How many predictions compute at a time, at most; the others wait.
  public var sideBySide: Int { places.count }

  /// The most probable class of each pixel, at the picture's own size; the thread waits for its turn and the result.
  ///
  /// Void is never predicted: nothing was learned about an output that stands for it.
  public func mask(for image: Image) -> Mask { prediction(for: image).mask }

  /// The mask, and the largest output of each pixel, including void's.
  public func prediction(for image: Image) -> Prediction { prediction(for: Pixels(image)) }

  /// The most probable class of each pixel of something other than a photograph: for a network with any number of
  /// channels.
  ///
  /// ```swift
  /// let mask = predictor.mask(for: Pixels(bands))   // [height, width, 4], as the network's normalization expects them
  /// ```
  public func mask(for pixels: Pixels) -> Mask { prediction(for: pixels).mask }

  /// The mask of such pixels, and the largest output of each.
  public func prediction(for pixels: Pixels) -> Prediction { places.run { computed(for: pixels) { _, _ in } } }

  /// The mask of a photograph, and the largest output of each pixel.
  ///
  /// - Parameters:
  ///   - image: of any size.
  ///   - progress: gets the number of tiles that are done and of all, before each of them; 1 where the network sees the
  ///     whole picture at once.
  public func prediction(for image: Image, progress: (_ done: Int, _ tiles: Int) -> Void) -> Prediction {
    prediction(for: Pixels(image), progress: progress)
  }

  /// The same of pixels with any number of channels.
  public func prediction(for pixels: Pixels, progress: (_ done: Int, _ tiles: Int) -> Void) -> Prediction {
    places.run { computed(for: pixels) { done, tiles in progress(done, tiles) } }
  }

  /// How probable the network finds the classes of a mask, and which it finds the most probable.
  ///
  /// - Parameters:
  ///   - mask: of the picture's size, in the classes of ``labelSpace``.
  ///   - image: the picture.
  public func confidence(in mask: Mask, for image: Image) -> MaskConfidence {
    require(
      mask.width == image.width && mask.height == image.height,
      "Predictor.confidence: the mask must be \(image.width) x \(image.height) like its picture; got \(mask.width) x "
        + "\(mask.height)")
    return places.run { computedConfidence(in: mask, for: Pixels(image)) }
  }

  /// Whether the network sees pictures of any size as a whole at their own size, because it is not known how far it
  /// looks.
  public var seesWholePictures: Bool {
    if case .original(_, .receptiveField) = sight { receptiveRadius == nil } else { false }
  }

  /// Like `mask(for:)`, for tasks: suspends until the mask is ready, and does not occupy the threads that tasks share.
  ///
  /// - Throws: `CancellationError` if the task is cancelled: at once while it waits, otherwise before its next tile.
  public func queuedMask(for image: Image) async throws -> Mask { try await queuedPrediction(for: image).mask }

  /// Like `prediction(for:)`, for tasks; see ``queuedMask(for:)-(Image)``.
  public func queuedPrediction(for image: Image) async throws -> Prediction {
    try await queuedPrediction(for: Pixels(image))
  }

  /// Like `mask(for:)` of pixels with any number of channels, for tasks; see ``queuedMask(for:)-(Image)``.
  public func queuedMask(for pixels: Pixels) async throws -> Mask { try await queuedPrediction(for: pixels).mask }

  /// Like `prediction(for:)` of pixels with any number of channels, for tasks; see ``queuedMask(for:)-(Image)``.
  public func queuedPrediction(for pixels: Pixels) async throws -> Prediction {
    try await places.run { checkCancellation in try computed(for: pixels) { _, _ in try checkCancellation() } }
  }
}

extension Predictor {
  /// - Parameter check: called before each block with the numbers of those that are done and of all; ends the
  ///   prediction by throwing.
  private func computed<Failure>(
    for picture: Pixels, before check: (_ done: Int, _ blocks: Int) throws(Failure) -> Void
  ) throws(Failure) -> Prediction {
    var any = [UInt16](repeating: 0, count: picture.width * picture.height)
    var allowed = any
    try forEachBlock(of: picture, before: check) { rows, columns, views, scores in
      let best = (views == 1 ? scores(0) : meanProbabilities(views, scores)).largest(excluding: labelSpace.voidOutput)
      for (index, y) in rows.enumerated() {
        let (source, target) = (index * columns.count, y * picture.width + columns.lowerBound)
        any.replaceSubrange(target..<target + columns.count, with: best.any[source..<source + columns.count])
        allowed.replaceSubrange(target..<target + columns.count, with: best.allowed[source..<source + columns.count])
      }
    }
    func mask(_ indices: [UInt16]) -> Mask {
      Mask(
        width: picture.width, height: picture.height, indices: labelSpace.classes(ofOutputs: indices),
        labelSpace: labelSpace)
    }
    return Prediction(mask: mask(allowed), largestOutputs: mask(any))
  }

  /// Calls `body` with the rows and columns of each block of a picture, the number of views, and what gives the block's
  /// scores in one of them.
  ///
  /// - Parameter check: called before each block with the numbers of those that are done and of all; ends the work by
  ///   throwing.
  func forEachBlock<Failure>(
    of picture: Pixels, before check: (_ done: Int, _ blocks: Int) throws(Failure) -> Void,
    _ body: (_ rows: Range<Int>, _ columns: Range<Int>, _ views: Int, _ scores: (Int) -> SampledScores) -> Void
  ) throws(Failure) {
    let plan = PredictionPlan(self, for: picture)
    // Scores of a view that the network sees as a whole serve all blocks.
    var whole: [Int: Tensor] = [:]
    // Where the network sees everything at once, blocks are no measure of the work.
    let blocks = plan.views.allSatisfy(\.isWhole) ? 1 : plan.rows.count * plan.columns.count
    for (row, rows) in plan.rows.enumerated() {
      for (column, columns) in plan.columns.enumerated() {
        try check(min(row * plan.columns.count + column, blocks - 1), blocks)
        body(rows, columns, plan.views.count) { index in
          let view = plan.views[index]
          let scores = whole[index] ?? logits(of: view.pixels(row, column))
          if view.isWhole { whole[index] = scores }
          return view.sampled(scores, row, column)
        }
      }
    }
  }

  /// The sum of the views' probabilities, which is largest where their mean is; one view's scores at a time.
  func meanProbabilities(_ views: Int, _ scores: (Int) -> SampledScores) -> SampledScores {
    var sum: Tensor?
    for index in 0..<views {
      let view = scores(index)
      var probabilities = sum ?? .zeros([1, view.rows.count, view.columns.count, view.scores.shape[3]])
      sum = nil
      view.addProbabilities(to: &probabilities)
      sum = probabilities
    }
    return SampledScores(sum ?? .zeros([1, 1, 1, 1]))
  }

  /// Logits `[1, height, width, classes]` of pixels `[1, height, width, channels]`.
  private func logits(of pixels: Tensor) -> Tensor { inference.logits(of: model.normalization(pixels)) }
}
