import CKernels
import TesseraTensors

/// Convolution and its adjoint as matrix products without a column matrix.
///
/// For each output pixel and output o: `f(sum over taps t, channels c of source[pixel + t, c] weights[t, c, o] +
/// bias[o])`. Blocks of pixels are multiplied by panels of the weights, and finished (bias, activation) while they are
/// in cache. The left side is read where it lies: pixels of a row under one tap are equally far apart, so each tap is a
/// product for each row, and taps that lie beside the picture cost nothing. Few channels are joined with those of
/// adjacent taps; where there are none, taps are gathered first, into a buffer of bounded size. Each sum runs through
/// taps and channels in order, so no cut changes a bit.
struct GatheredProduct {
  let gather: Gather
  let batch: Int
  let source: UnsafePointer<Float>
  let sourceExtent: Extent

  let weights: PackedTaps
  /// The packed weights.
  let panels: UnsafePointer<Float>

  let result: UnsafeMutablePointer<Float>
  let resultExtent: Extent

  let bias: UnsafePointer<Float>?
  /// Of the result's shape, added before the activation.
  let addend: UnsafePointer<Float>?
  let activation: Activation

  /// Products of fewer channels would spend their time on reading and writing sums.
  static let leastChannelsInPlace = 32

  // Numbers that all threads read: arrays would be retained and released by each of them, in one cache line.
  private let (taps, channels, outputs): (Int, Int, Int)
  private let (sourceChannels, resultChannels): (Int, Int)
  private let pixels: Int
  private let panelStep: Int
  private let isDirect: Bool
  private let isNarrow: Bool
  private let isGathered: Bool
  /// Whether the pixels follow each other in the result as they do here.
  private let isContiguous: Bool
  /// Whether the loops of the products add bias and addend and apply the activation while they have the sums in
  /// registers.
  private let finishesInLoops: Bool

  init(
    gather: Gather, batch: Int, source: UnsafePointer<Float>, sourceExtent: Extent, weights: PackedTaps,
    panels: UnsafePointer<Float>, result: UnsafeMutablePointer<Float>, resultExtent: Extent,
    bias: UnsafePointer<Float>?, addend: UnsafePointer<Float>?, activation: Activation
  ) {
    (self.gather, self.batch, self.source, self.sourceExtent) = (gather, batch, source, sourceExtent)
    (self.weights, self.panels, self.result, self.resultExtent) = (weights, panels, result, resultExtent)
    (self.bias, self.addend, self.activation) = (bias, addend, activation)
    (taps, channels, outputs) = (gather.taps.count, weights.inner, weights.columns)
    (sourceChannels, resultChannels) = (weights.groups * channels, weights.groups * outputs)
    pixels = batch * gather.grid.area
    panelStep = weights.panelStep
    isDirect = gather.isIdentity(onto: sourceExtent)
    isNarrow = channels < Self.leastChannelsInPlace
    isGathered = !isDirect && isNarrow && taps > 0 && !gather.joinsTaps(inGroups: weights.groups)
    isContiguous = gather.spacing == 1 && gather.grid == resultExtent
    finishesInLoops =
      isContiguous && (isDirect || isGathered) && [.identity, .relu, .relu6, .hardSwish].contains(activation)
  }

  func run() {
    guard pixels > 0 else { return }
    let blocking = Blocking(
      pixels: pixels, channels: channels, taps: taps, panels: weights.panels, isGathered: isGathered)
    let gathered = isGathered ? blocking.rows * blocking.taps * channels : 0
    let buffered = isContiguous ? 0 : blocking.rows * blocking.panels * PackedTaps.panel
    let threads = ComputeContext.current.threads
    parallelFor(blocking.rowBlocks * blocking.panelBlocks, scratch: gathered + buffered) { block, scratch in
      let row = block / blocking.panelBlocks * blocking.rows
      let panel = block % blocking.panelBlocks * blocking.panels
      for group in 0..<weights.groups {
        let part = Part(
          rows: row..<min(pixels, row + blocking.rows), panels: panel..<min(weights.panels, panel + blocking.panels),
          group: group, next: panel + threads * blocking.panels)
        multiply(part, blocking, gatheringInto: scratch, buffer: scratch + gathered)
      }
    }
  }

  /// A block of pixels, and of a group's outputs.
  private struct Part {
    let rows: Range<Int>
    let panels: Range<Int>
    let group: Int
    /// Where the thread will probably go on.
    let next: Int
  }

  private func multiply(
    _ part: Part, _ blocking: Blocking, gatheringInto gathered: UnsafeMutablePointer<Float>,
    buffer: UnsafeMutablePointer<Float>
  ) {
    let columns = part.panels.lowerBound * PackedTaps.panel..<min(outputs, part.panels.upperBound * PackedTaps.panel)
    let first = part.group * outputs + columns.lowerBound
    let step = isContiguous ? resultChannels : columns.count
    let target = isContiguous ? result + part.rows.lowerBound * resultChannels + first : buffer
    if isDirect {
      let start = source + part.rows.lowerBound * sourceChannels + part.group * channels
      for channel in stride(from: 0, to: channels, by: Blocking.innerAtOnce) {
        addProducts(
          part, terms: channel..<min(channels, channel + Blocking.innerAtOnce), of: start + channel, sourceChannels,
          to: target, step)
      }
    } else if !isGathered {
      for row in 0..<part.rows.count { (target + row * step).update(repeating: 0, count: columns.count) }
      addTaps(part, to: target, step)
    } else {
      var geometry = gather.geometry(
        source: sourceExtent, channels: sourceChannels, taking: part.group * channels..<(part.group + 1) * channels)
      for tap in stride(from: 0, to: taps, by: blocking.taps) {
        let taps = tap..<min(self.taps, tap + blocking.taps)
        let runs = gather.runs(taps, joining: weights.groups == 1)
        kernels.gather(source, &geometry, runs, runs.count, part.rows.lowerBound, part.rows.count, gathered)
        addProducts(
          part, terms: tap * channels..<taps.upperBound * channels, of: gathered, taps.count * channels, to: target,
          step)
      }
    }
    if !finishesInLoops { finish(part, columns.count, at: target, step, first) }
    guard !isContiguous else { return }
    for (index, pixel) in part.rows.enumerated() {
      (result + place(of: pixel) * resultChannels + first)
        .update(from: buffer + index * columns.count, count: columns.count)
    }
  }

  private func finish(
    _ part: Part, _ columns: Int, at target: UnsafeMutablePointer<Float>, _ step: Int, _ first: Int
  ) {
    if let addend {
      if let bias { kernels.bias_activate(target, part.rows.count, columns, step, bias + first, TK_IDENTITY, 0) }
      for (index, pixel) in part.rows.enumerated() {
        let place = isContiguous ? pixel : place(of: pixel)
        kernels.add.vv(target + index * step, addend + place * resultChannels + first, target + index * step, columns)
      }
    }
    let bias = addend == nil ? bias : nil
    if bias != nil || activation != .identity {
      kernels.bias_activate(
        target, part.rows.count, columns, step, bias.map { $0 + first }, activation.kind, activation.slope)
    }
  }

  /// Adds each tap's products to the sums of a part, row by row.
  private func addTaps(_ part: Part, to target: UnsafeMutablePointer<Float>, _ step: Int) {
    let tapRuns = gather.tapRuns(joining: isNarrow)
    let runs = tapRuns.map { gather.rowRuns(of: $0, part.rows, sourceExtent) }
    for panel in part.panels {
      let right = panels + (part.group * weights.panels + panel) * panelStep
      let columns = min(PackedTaps.panel, outputs - panel * PackedTaps.panel)
      let sums = target + (panel - part.panels.lowerBound) * PackedTaps.panel
      for (joined, runs) in zip(tapRuns, runs) {
        // Joined taps have few channels, which are taken at once.
        for channel in stride(from: 0, to: channels, by: Blocking.tapChannelsAtOnce) {
          let count = min(Blocking.tapChannelsAtOnce, channels - channel)
          let weights = right + (joined.first * channels + channel) * PackedTaps.panel
          // What is multiplied next follows in memory, up to the part's end.
          let isEnd = joined.first + joined.count == taps && channel + count == channels
          let isLast = isEnd && panel == part.panels.upperBound - 1
          let share = isLast ? 0 : (joined.count * count + runs.count - 1) / max(1, runs.count)
          for (index, run) in runs.enumerated() {
            let ahead = tk_ahead(
              panel: isLast ? nil : weights + (joined.count * count + index * share) * PackedTaps.panel, rows: share)
            kernels.panel_product(
              run.count, run.taps.count * count,
              source + run.source * sourceChannels + part.group * channels + channel,
              gather.step.width * sourceChannels,
              weights + (run.taps.lowerBound - joined.first) * channels * PackedTaps.panel, columns,
              sums + run.first * step, step, 1, ahead, nil)
          }
        }
      }
    }
  }

  /// The products of some terms of all sums of a part; the first ones are written, the others added.
  private func addProducts(
    _ part: Part, terms: Range<Int>, of left: UnsafePointer<Float>, _ leftStep: Int,
    to target: UnsafeMutablePointer<Float>, _ step: Int
  ) {
    let start = panels + part.group * weights.panels * panelStep
    let isLast = terms.upperBound == taps * channels
    for panel in part.panels {
      let columns = panel * PackedTaps.panel..<min(outputs, (panel + 1) * PackedTaps.panel)
      let weights = start + panel * panelStep + terms.lowerBound * PackedTaps.panel
      let first = part.group * outputs + columns.lowerBound
      var finish = tk_finish(
        bias: bias.map { $0 + first },
        addend: addend.map { $0 + part.rows.lowerBound * resultChannels + first }, addend_row_step: resultChannels,
        kind: activation.kind)
      withUnsafePointer(to: &finish) { finish in
        kernels.panel_product(
          part.rows.count, terms.count, left, leftStep, weights, columns.count,
          target + (panel - part.panels.lowerBound) * PackedTaps.panel, step, terms.lowerBound == 0 ? 0 : 1,
          ahead(of: panel, terms, in: part, at: start), isLast && finishesInLoops ? finish : nil)
      }
    }
  }

  /// What is multiplied after these terms of a panel: they are fetched meanwhile.
  private func ahead(
    of panel: Int, _ terms: Range<Int>, in part: Part, at start: UnsafePointer<Float>
  ) -> tk_ahead {
    let all = taps * channels
    var (next, term) = (panel + 1, terms.lowerBound)
    if next == part.panels.upperBound {
      (next, term) = terms.upperBound < all ? (part.panels.lowerBound, terms.upperBound) : (part.next, 0)
    }
    guard next < weights.panels else { return tk_ahead(panel: nil, rows: 0) }
    return tk_ahead(
      panel: start + next * panelStep + term * PackedTaps.panel, rows: min(terms.count, all - term))
  }

  /// The index in the result of the grid's pixel number `pixel`.
  private func place(of pixel: Int) -> Int {
    let (picture, within) = pixel.quotientAndRemainder(dividingBy: gather.grid.area)
    let (y, x) = within.quotientAndRemainder(dividingBy: gather.grid.width)
    let row = gather.offset.height + y * gather.spacing.height
    let column = gather.offset.width + x * gather.spacing.width
    return (picture * resultExtent.height + row) * resultExtent.width + column
  }
}
