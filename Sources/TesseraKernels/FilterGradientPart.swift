import TesseraTensors

/// One task of a filter gradient: some taps, some pixels, some channels and outputs of each group.
struct FilterGradientPart {
  let gather: Gather
  let taps: Range<Int>
  let isDirect: Bool
  let source: UnsafePointer<Float>
  let extent: Extent
  let inputChannels: Int
  let gradient: UnsafePointer<Float>
  let outputs: Int
  let groups: Int
  /// Of each group; all of them where there are several taps.
  let channels: Range<Int>
  /// The outputs of each group.
  let columns: Range<Int>

  /// Pixels that are multiplied at once.
  private static let block = 512

  private var inner: Int { taps.count * channels.count }

  /// `target` `[taps * input channels of a group, outputs]` = gathered' times gradient over `pixels`, in this task's
  /// part.
  func run(_ pixels: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    if pixels.isEmpty { clear(target) }
    if !isDirect && taps.count == 1 { return runInside(pixels, into: target) }
    withScratch(isDirect ? 0 : Self.block * inner) { buffer in
      for group in 0..<groups {
        let (taken, given) = (inputs(of: group), results(of: group))
        var geometry = gather.geometry(source: extent, channels: inputChannels, taking: taken)
        let runs = gather.runs(taps, joining: groups == 1)
        for start in stride(from: pixels.lowerBound, to: pixels.upperBound, by: Self.block) {
          let count = min(Self.block, pixels.upperBound - start)
          if !isDirect { kernels.gather(source, &geometry, runs, runs.count, start, count, buffer) }
          multiply(
            count, isDirect ? source + start * inputChannels + taken.lowerBound : UnsafePointer(buffer),
            isDirect ? inputChannels : inner, gradient + start * outputs + given, outputs,
            into: target + channels.lowerBound * outputs + given, isFirst: start == pixels.lowerBound)
        }
      }
    }
  }

  /// The same for a single tap: only pixels whose tap lies on the picture are copied and multiplied.
  private func runInside(_ pixels: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    let runs = gather.rowRuns(of: Gather.TapRun(first: taps.lowerBound, count: 1), pixels, extent)
    if runs.isEmpty { clear(target) }
    withScratch(Self.block * (inner + columns.count)) { left in
      let right = left + Self.block * inner
      for group in 0..<groups {
        let (taken, given) = (inputs(of: group), results(of: group))
        var (filled, isFirst) = (0, true)
        func flush() {
          guard filled > 0 else { return }
          multiply(
            filled, left, inner, right, columns.count, into: target + channels.lowerBound * outputs + given,
            isFirst: isFirst)
          (filled, isFirst) = (0, false)
        }
        for run in runs {
          for pixel in 0..<run.count {
            (left + filled * inner).update(
              from: source + (run.source + pixel * gather.step.width) * inputChannels + taken.lowerBound, count: inner)
            (right + filled * columns.count).update(
              from: gradient + (pixels.lowerBound + run.first + pixel) * outputs + given, count: columns.count)
            filled += 1
            if filled == Self.block { flush() }
          }
        }
        flush()
      }
    }
  }

  /// The input channels of `group` that this task takes.
  private func inputs(of group: Int) -> Range<Int> {
    let first = group * (inputChannels / groups)
    return first + channels.lowerBound..<first + channels.upperBound
  }

  /// The first of the outputs of `group` that this task gives.
  private func results(of group: Int) -> Int { group * (outputs / groups) + columns.lowerBound }

  /// Without a pixel, the sums are zero.
  private func clear(_ target: UnsafeMutablePointer<Float>) {
    for row in 0..<inner {
      for group in 0..<groups {
        (target + (channels.lowerBound + row) * outputs + results(of: group)).update(repeating: 0, count: columns.count)
      }
    }
  }

  /// Whether products of whole filters `[rows, columns]` are OpenBLAS's, which packs both sides: that pays only where
  /// both are used often.
  static func isWide(_ rows: Int, _ columns: Int) -> Bool { rows > 256 || columns > 256 }

  /// Adds the products of `count` pixels.
  private func multiply(
    _ count: Int, _ left: UnsafePointer<Float>, _ leftStep: Int, _ right: UnsafePointer<Float>, _ rightStep: Int,
    into target: UnsafeMutablePointer<Float>, isFirst: Bool
  ) {
    if Self.isWide(taps.count * (inputChannels / groups), outputs / groups) {
      return GEMM.multiply(
        rows: inner, columns: columns.count, inner: count, left, leftStep, transposed: true, right, rightStep,
        into: target, outputs, beta: isFirst ? 0 : 1)
    }
    for column in stride(from: 0, to: columns.count, by: FilterMatrices.panel) {
      kernels.panel_product_transposed(
        inner, count, left, leftStep, right + column, rightStep, min(FilterMatrices.panel, columns.count - column),
        target + column, outputs, isFirst ? 0 : 1)
    }
  }
}

/// The parts of one tap's filter `[channels, outputs]` that tasks own where there would be too few tasks otherwise.
struct FilterParts {
  private var channelParts = 1
  private var outputParts = 1
  private let channelCount: Int
  private let outputCount: Int

  /// The tasks that cores share out evenly enough.
  private static let enoughTasks = 8

  var count: Int { channelParts * outputParts }

  /// - Parameters:
  ///   - tasks: how many there are without parts.
  ///   - isWhole: whether a task needs whole filters.
  init(channels: Int, outputs: Int, tasks: Int, isWhole: Bool) {
    (channelCount, outputCount) = (channels, outputs)
    // OpenBLAS packs both sides again for each part, and adds the terms of small products in another order than those
    // of large ones: parts stay large, so that the cut changes no bit.
    let isWide = FilterGradientPart.isWide(channels, outputs)
    let (least, leastArea) = isWide ? (128, 4096) : (64, 0)
    while !isWhole && tasks * count < Self.enoughTasks {
      let (height, width) = (channels / channelParts, outputs / outputParts)
      if max(height, width) < 2 * least || height * width < 2 * leastArea { break }
      if height >= width { channelParts *= 2 } else { outputParts *= 2 }
    }
  }

  func channels(_ part: Int) -> Range<Int> { Self.cut(channelCount, channelParts, part / outputParts) }

  /// The outputs of each of `groups`.
  func outputs(_ part: Int, groups: Int) -> Range<Int> {
    Self.cut(outputCount / groups, outputParts, part % outputParts)
  }

  /// Part `index` of `count` numbers, which begins with a whole panel.
  private static func cut(_ count: Int, _ parts: Int, _ index: Int) -> Range<Int> {
    let panels = (count + FilterMatrices.panel - 1) / FilterMatrices.panel
    func start(_ index: Int) -> Int { min(count, panels * index / parts * FilterMatrices.panel) }
    return start(index)..<start(index + 1)
  }
}
