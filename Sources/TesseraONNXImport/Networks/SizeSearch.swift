import TesseraAutograd
import TesseraKernels
import TesseraNetworks
import TesseraTensors

/// Finds out which sizes a graph computes, and what its output is, by following it without computing anything.
struct SizeSearch {
  private let program: GraphProgram
  private let normalization: ImageNormalization
  private let isChannelsFirst: Bool

  init(_ program: GraphProgram, _ normalization: ImageNormalization, isChannelsFirst: Bool) {
    (self.program, self.normalization, self.isChannelsFirst) = (program, normalization, isChannelsFirst)
  }

  /// The network for pictures of all sizes that its graph takes: multiples of the smallest power of 2 that works, or
  /// else one size.
  ///
  /// - Parameter declared: height and width of the file's input, where it says them.
  /// - Throws: `ONNXImportError` of the size that should work.
  func configuration(declared: [Int?]) throws(ONNXImportError) -> ONNXNetwork.Configuration {
    let side = 256
    let size = [declared[0] ?? side, declared[1] ?? side]
    // The sizes that a file names are known to work.
    var first = try found(size, fixed: nil)
    var refused: ONNXImportError?
    for multiple in [1, 2, 4, 8, 16, 32, 64, 128] {
      do throws(ONNXImportError) {
        let candidate = first.with(sizeMultiple: multiple)
        try candidate.checkSizes()
        return candidate
      } catch {
        refused = error
      }
    }
    guard let height = declared[0], let width = declared[1] else {
      throw refused ?? ONNXImportError("it computes no pictures")
    }
    first = try found(size, fixed: [height, width])
    try first.checkSizes()
    return first
  }

  /// The configuration for pictures of one size.
  private func found(_ size: [Int], fixed: [Int]?) throws(ONNXImportError) -> ONNXNetwork.Configuration {
    var refused: ONNXImportError?
    for takesOnePicture in [false, true] {
      do throws(ONNXImportError) {
        let scores = try scores(size, batch: takesOnePicture ? 1 : 2)
        var layout = ONNXNetwork.Layout(
          isChannelsFirst: isChannelsFirst, givesChannelsFirst: true, isForeground: false, fixedSize: fixed,
          takesOnePicture: takesOnePicture)
        let classes = try Self.classes(of: scores, size, &layout)
        return try ONNXNetwork.Configuration(
          program, layout: layout, classes: classes, sizeMultiple: 1, normalization: normalization)
      } catch {
        refused = refused ?? error
      }
    }
    throw refused ?? ONNXImportError("it computes no pictures")
  }

  /// The shape of the graph's output.
  private func scores(_ size: [Int], batch: Int) throws(ONNXImportError) -> [Int] {
    let describing = ComputeContext.current.describing
    let shape: Shape = [batch, size[0], size[1], normalization.channels]
    let layers = ComputeContext.$current.withValue(describing) {
      program.layers(classes: nil, random: RandomStream(seed: 0))
    }
    let tape = Tape(readingOperations: (), isDescription: true)
    let input = tape.input(ComputeContext.$current.withValue(describing) { .zeros(shape) })
    let order = isChannelsFirst ? ArrangedVariable.picture : [0, 1, 2, 3]
    let output = try program.run(ArrangedVariable(input, order: order, isConstant: false), layers: layers).shape
    guard output.count == 4, output[0] == batch else {
      throw ONNXImportError("its output \(output) for \(batch) pictures is not a score for each class and pixel")
    }
    return output
  }

  /// Refuses scores of the picture's middle only, as convolutions without padding leave them (the first U-Net's,
  /// Ronneberger et al. 2015, arXiv:1505.04597): resized to the picture they would lie beside it.
  private static func requirePadding(_ scores: [Int], of size: [Int]) throws(ONNXImportError) {
    for (picture, score) in zip(size, scores) where score < picture {
      // At a fraction of the size, a few are lost by rounding.
      let fraction = Int((Double(picture) / Double(score)).rounded())
      let missing = picture - score * fraction
      if missing >= (fraction == 1 ? 1 : 2 * fraction) {
        throw ONNXImportError(
          "its scores have \(scores[0]) x \(scores[1]) pixels for a picture of \(size[0]) x \(size[1]): convolutions without "
            + "padding leave its border out; export it with padding, or with scores that are padded to the picture")
      }
    }
  }

  /// The number of classes, which have the axis that is not like the picture's.
  private static func classes(
    of scores: [Int], _ size: [Int], _ layout: inout ONNXNetwork.Layout
  ) throws(ONNXImportError) -> Int {
    func isLike(_ sides: [Int]) -> Bool {
      // Scores may be at a fraction of the picture's size.
      sides[0] > 1 && sides[1] > 1 && abs(sides[0] * size[1] - sides[1] * size[0]) <= max(size[0], size[1])
    }
    let (isFirst, isLast) = (isLike([scores[2], scores[3]]), isLike([scores[1], scores[2]]))
    guard isFirst || isLast else {
      throw ONNXImportError(
        "its output \(scores) for pictures of \(size[0]) x \(size[1]) is not a score for each class and pixel")
    }
    layout.givesChannelsFirst = isFirst && isLast ? layout.isChannelsFirst : isFirst
    try requirePadding(layout.givesChannelsFirst ? [scores[2], scores[3]] : [scores[1], scores[2]], of: size)
    let count = layout.givesChannelsFirst ? scores[1] : scores[3]
    layout.isForeground = count == 1
    return count == 1 ? 2 : count
  }
}
