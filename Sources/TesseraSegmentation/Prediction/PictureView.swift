import TesseraImaging
import TesseraKernels
import TesseraTensors

/// One way that a network sees a picture: at one size, mirrored or not, through windows that each serve a block of the
/// picture's pixels.
struct PictureView {
  /// The picture at the view's size, not mirrored.
  let picture: Pixels
  let isMirrored: Bool
  let rows: ViewAxis
  let columns: ViewAxis
  /// What lies beyond the picture, a value for each channel; `nil` if its edge repeats.
  let padding: [Float]?
  /// Whether one window serves all blocks.
  let isWhole: Bool

  /// What the network sees for a block, `[1, height, width, channels]`.
  func pixels(_ rowBlock: Int, _ columnBlock: Int) -> Tensor {
    picture.window(
      rows: rows.windows[rowBlock], columns: columns.windows[columnBlock], mirrored: isMirrored,
      beyond: padding)
  }

  /// The block's pixels in the scores of its window.
  func sampled(_ scores: Tensor, _ rowBlock: Int, _ columnBlock: Int) -> SampledScores {
    SampledScores(scores, rows: rows.steps(of: rowBlock), columns: columns.steps(of: columnBlock))
  }
}

/// One axis of a view.
package struct ViewAxis {
  /// What the network sees for each block: all of the same length, starting at multiples of the network's
  /// `sizeMultiple`.
  package let windows: [Range<Int>]
  private let blocks: [Range<Int>]
  /// Where each of the picture's pixels lies in the view.
  private let steps: InterpolationSteps

  /// - Parameters:
  ///   - length: the view's, in pixels.
  ///   - picture: the picture's.
  ///   - frame: what a window that shows all is long; `nil` for the first multiple that the view fits into.
  ///   - blocks: parts of the picture.
  ///   - margin: what a window shows around its block; `nil` shows all.
  package init(
    length: Int, picture: Int, in frame: Int? = nil, isMirrored: Bool = false, blocks: [Range<Int>], margin: Int?,
    multiple: Int
  ) {
    let steps = InterpolationSteps(.bilinear, from: length, to: picture)
    self.steps = isMirrored ? steps.reversed : steps
    self.blocks = blocks
    let padded = frame ?? length.rounded(upTo: multiple)
    guard let margin else {
      windows = blocks.map { _ in 0..<padded }
      return
    }
    let needed = blocks.map { [steps = self.steps] block in
      let source = steps.source(of: block)
      let start = max(0, source.lowerBound - margin) / multiple * multiple
      return start..<min(padded, (source.upperBound + margin).rounded(upTo: multiple))
    }
    // One length for all: the network computes the same everywhere, in memory that is reused.
    let side = needed.map(\.count).max() ?? 0
    windows = needed.map { range in
      let start = min(range.lowerBound, padded - side)
      return start..<start + side
    }
  }

  func steps(of block: Int) -> InterpolationSteps { steps.part(blocks[block], from: windows[block].lowerBound) }
}

extension Int {
  package func rounded(upTo multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
