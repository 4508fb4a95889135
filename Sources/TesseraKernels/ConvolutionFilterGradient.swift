import TesseraTensors

extension Convolution {
  /// The gradient with respect to the filter `[height, width, channels / groups, outputs]`.
  ///
  /// Each task owns some taps of the filter and runs over the pixels, so that tasks share no results; where the filter
  /// is too small for that, pixels are cut into slices whose partial results are added in order. Both cuts depend only
  /// on shapes.
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
    let size = taps * tapSize
    let isDirect = gather.isIdentity(onto: geometry.input)

    let shape: Shape = [geometry.window.height, geometry.window.width, channels, outputs]
    let sums = Tensor(shape: [taps, channels, outputs]) { result in
      withScratch(slices == 1 ? 0 : slices * size) { partials in
        let target = slices == 1 ? result.baseAddress! : partials
        input.withUnsafeBufferPointer { source in
          outputGradient.withUnsafeBufferPointer { gradient in
            parallelFor(chunks * slices) { task in
              let first = task % chunks * tapsAtOnce
              let part = FilterGradientPart(
                gather: gather, taps: first..<min(taps, first + tapsAtOnce), isDirect: isDirect,
                source: source.baseAddress!, extent: geometry.input, inputChannels: inputChannels,
                gradient: gradient.baseAddress!, outputs: outputs, groups: groups)
              let start = task / chunks * sliceLength
              part.run(
                start..<max(start, min(pixels, start + sliceLength)),
                into: target + task / chunks * size + first * tapSize)
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

/// One task of a filter gradient: some taps, some pixels.
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

  /// Pixels that are multiplied at once.
  private static let block = 512

  private var channels: Int { inputChannels / groups }
  private var columns: Int { outputs / groups }
  private var inner: Int { taps.count * channels }

  /// `target` `[taps * channels, outputs]` = gathered' times gradient over `pixels`.
  func run(_ pixels: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    if pixels.isEmpty { target.update(repeating: 0, count: inner * outputs) }
    if !isDirect && taps.count == 1 { return runInside(pixels, into: target) }
    withScratch(isDirect ? 0 : Self.block * inner) { buffer in
      for group in 0..<groups {
        let taken = group * channels..<(group + 1) * channels
        var geometry = gather.geometry(source: extent, channels: inputChannels, taking: taken)
        let runs = gather.runs(taps, joining: groups == 1)
        for start in stride(from: pixels.lowerBound, to: pixels.upperBound, by: Self.block) {
          let count = min(Self.block, pixels.upperBound - start)
          if !isDirect { kernels.gather(source, &geometry, runs, runs.count, start, count, buffer) }
          multiply(
            count, isDirect ? source + start * inputChannels + taken.lowerBound : UnsafePointer(buffer),
            isDirect ? inputChannels : inner, gradient + start * outputs + group * columns, outputs,
            into: target + group * columns, isFirst: start == pixels.lowerBound)
        }
      }
    }
  }

  /// The same for a single tap: only pixels whose tap lies on the picture are copied and multiplied.
  private func runInside(_ pixels: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    let runs = gather.rowRuns(of: Gather.TapRun(first: taps.lowerBound, count: 1), pixels, extent)
    if runs.isEmpty { target.update(repeating: 0, count: inner * outputs) }
    withScratch(Self.block * (channels + columns)) { left in
      let right = left + Self.block * channels
      for group in 0..<groups {
        var (filled, isFirst) = (0, true)
        func flush() {
          guard filled > 0 else { return }
          multiply(filled, left, channels, right, columns, into: target + group * columns, isFirst: isFirst)
          (filled, isFirst) = (0, false)
        }
        for run in runs {
          for pixel in 0..<run.count {
            (left + filled * channels).update(
              from: source + (run.source + pixel * gather.step.width) * inputChannels + group * channels,
              count: channels)
            (right + filled * columns).update(
              from: gradient + (pixels.lowerBound + run.first + pixel) * outputs + group * columns, count: columns)
            filled += 1
            if filled == Self.block { flush() }
          }
        }
        flush()
      }
    }
  }

  /// Adds the products of `count` pixels. OpenBLAS packs both sides, which pays only where both are wide.
  private func multiply(
    _ count: Int, _ left: UnsafePointer<Float>, _ leftStep: Int, _ right: UnsafePointer<Float>, _ rightStep: Int,
    into target: UnsafeMutablePointer<Float>, isFirst: Bool
  ) {
    guard inner <= 256 && columns <= 256 else {
      return GEMM.multiply(
        rows: inner, columns: columns, inner: count, left, leftStep, transposed: true, right, rightStep,
        into: target, outputs, beta: isFirst ? 0 : 1)
    }
    for column in stride(from: 0, to: columns, by: FilterMatrices.panel) {
      kernels.panel_product_transposed(
        inner, count, left, leftStep, right + column, rightStep, min(FilterMatrices.panel, columns - column),
        target + column, outputs, isFirst ? 0 : 1)
    }
  }
}
