import TesseraTensors

extension Convolution {
  /// The gradient with respect to the filter `[height, width, channels / groups, outputs]`.
  ///
  /// Each task owns some taps of the filter and runs over the pixels, so that tasks share no results; where the filter
  /// is too small for that, pixels are cut into slices whose partial results are added in order; where pixels are few,
  /// large filters are cut further. All cuts depend only on shapes.
  public static func filterGradient(
    _ input: Tensor, outputGradient: Tensor, geometry: WindowGeometry, groups: Int = 1
  ) -> Tensor {
    filterGradient(
      input, outputGradient: outputGradient, geometry: geometry, groups: groups,
      by: .cheapest(
        .filterGradient, geometry, batch: input.shape[0], inputChannels: input.shape[-1] / max(1, groups),
        outputChannels: outputGradient.shape[-1], groups: groups))
  }

  /// The most columns that are gathered at once.
  static let gatheredColumns = 576

  /// `filterGradient` by an algorithm that the caller chooses from its `candidates`.
  public static func filterGradient(
    _ input: Tensor, outputGradient: Tensor, geometry: WindowGeometry, groups: Int = 1,
    by algorithm: ConvolutionAlgorithm
  ) -> Tensor {
    let (batch, inputChannels, outputs) = (input.shape[0], input.shape[-1], outputGradient.shape[-1])
    let channels = inputChannels / max(1, groups)
    require(
      input.shape == [batch, geometry.input.height, geometry.input.width, inputChannels]
        && outputGradient.shape == [batch, geometry.output.height, geometry.output.width, outputs]
        && groups > 0 && inputChannels % groups == 0 && outputs % groups == 0,
      "conv2D filter gradient: input \(input.shape) and gradient \(outputGradient.shape) do not fit "
        + "\(geometry.input) -> \(geometry.output) in \(groups) groups")
    if case .winograd(let tile) = algorithm {
      require(groups == 1, "Winograd: expects one group of channels; got \(groups)")
      if let phases = DilationPhases(geometry) {
        return filterGradient(
          phases.split(input), outputGradient: phases.split(outputGradient), geometry: phases.geometry, by: algorithm)
      }
      return winogradFilterGradient(input, outputGradient, geometry, tile: tile)
    }
    if algorithm == .depthwise {
      return depthwiseFilterGradient(input, outputGradient, geometry, groups: groups)
    }
    let gather = Gather(forward: geometry)
    let pixels = batch * geometry.output.area
    let (taps, tapSize) = (gather.taps.count, channels * outputs)
    let tapsAtOnce = min(taps, max(1, gatheredColumns / max(1, channels)))
    let chunks = (taps + tapsAtOnce - 1) / tapsAtOnce
    // Enough tasks for many cores, each with a thousand pixels or more.
    let slices = min(max(1, 16 / chunks), max(1, pixels / 1024))
    let sliceLength = (pixels + slices - 1) / slices
    let parts = FilterParts(
      channels: channels, outputs: outputs, tasks: chunks * slices, isWhole: groups > 1 || tapsAtOnce > 1)
    let size = taps * tapSize
    let isDirect = gather.isIdentity(onto: geometry.input)

    let shape: Shape = [geometry.window.height, geometry.window.width, channels, outputs]
    let sums = Tensor(shape: [taps, channels, outputs]) { result in
      withScratch(slices == 1 ? 0 : slices * size) { partials in
        let target = slices == 1 ? result.baseAddress! : partials
        input.withUnsafeBufferPointer { source in
          outputGradient.withUnsafeBufferPointer { gradient in
            parallelFor(chunks * slices * parts.count) { task in
              let (chunk, slice) = (task / parts.count % chunks, task / parts.count / chunks)
              let first = chunk * tapsAtOnce
              let part = FilterGradientPart(
                gather: gather, taps: first..<min(taps, first + tapsAtOnce), isDirect: isDirect,
                source: source.baseAddress!, extent: geometry.input, inputChannels: inputChannels,
                gradient: gradient.baseAddress!, outputs: outputs, groups: groups,
                channels: parts.channels(task % parts.count), columns: parts.outputs(task % parts.count, groups: groups)
              )
              let start = slice * sliceLength
              part.run(
                start..<max(start, min(pixels, start + sliceLength)), into: target + slice * size + first * tapSize)
            }
          }
        }
        if slices > 1 { addInOrder(partials, slices, into: result) }
      }
    }
    if taps == geometry.window.area { return sums.reshaped(to: shape) }
    // Taps that never lie on the picture have no gradient.
    return Tensor(shape: shape) { result in
      result.update(repeating: 0)
      sums.withUnsafeBufferPointer { sums in
        for (index, tap) in gather.taps.enumerated() {
          (result.baseAddress! + tap.filterIndex * tapSize)
            .update(from: sums.baseAddress! + index * tapSize, count: tapSize)
        }
      }
    }
  }

  /// The sum of `count` arrays of the result's size that follow each other, of which there may be none.
  static func addInOrder(
    _ partials: UnsafePointer<Float>, _ count: Int, into result: UnsafeMutableBufferPointer<Float>
  ) {
    guard count > 0 else { return result.update(repeating: 0) }
    let size = result.count
    parallelFor(size, grain: pointwiseGrain) { range in
      let out = result.baseAddress! + range.lowerBound
      out.update(from: partials + range.lowerBound, count: range.count)
      for index in 1..<count { kernels.add.vv(out, partials + index * size + range.lowerBound, out, range.count) }
    }
  }
}

/// The parts of one tap's filter `[channels, outputs]` that tasks own where there would be too few tasks otherwise.
private struct FilterParts {
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
    // Of each part, OpenBLAS packs both sides again.
    let least = FilterGradientPart.isWide(channels, outputs) ? 128 : 64
    while !isWhole && tasks * count < Self.enoughTasks {
      let (height, width) = (channels / channelParts, outputs / outputParts)
      if max(height, width) < 2 * least { break }
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

/// One task of a filter gradient: some taps, some pixels, some channels and outputs of each group.
private struct FilterGradientPart {
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

  /// `target` `[taps * input channels of a group, outputs]` = gathered' times gradient over `pixels`, in this task's part.
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

  /// Whether products of whole filters `[rows, columns]` are OpenBLAS's, which packs both sides: that pays only where both
  /// are used often.
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
