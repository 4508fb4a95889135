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
    if let used = UsedTaps(geometry) {
      return used.whole(
        of: filterGradient(input, outputGradient: outputGradient, geometry: used.geometry, groups: groups))
    }
    return filterGradient(
      input, outputGradient: outputGradient, geometry: geometry, groups: groups,
      by: .cheapest(
        .filterGradient, geometry, batch: input.shape[0], inputChannels: input.shape[-1] / max(1, groups),
        outputChannels: outputGradient.shape[-1], groups: groups))
  }

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
    let taps = gather.taps.count
    let tapsAtOnce = min(taps, max(1, 576 / max(1, channels)))
    let chunks = (taps + tapsAtOnce - 1) / tapsAtOnce
    // Enough tasks for many cores, each with a thousand pixels or more.
    let slices = min(max(1, 16 / chunks), max(1, pixels / 1024))
    let sliceLength = (pixels + slices - 1) / slices
    let size = taps * channels * outputs
    let isDirect = gather.isIdentity(onto: geometry.input)

    return Tensor(shape: [geometry.window.height, geometry.window.width, channels, outputs]) { result in
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
                into: target + task / chunks * size + first * channels * outputs)
            }
          }
        }
        if slices > 1 { addInOrder(partials, slices, into: result) }
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

  /// `target` `[taps * channels, outputs]` = gathered' times gradient over `pixels`.
  func run(_ pixels: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    let channels = inputChannels / groups
    let columns = outputs / groups
    let inner = taps.count * channels
    let block = 512
    if pixels.isEmpty { target.update(repeating: 0, count: inner * outputs) }
    withScratch(isDirect ? 0 : block * inner) { buffer in
      for group in 0..<groups {
        let taken = group * channels..<(group + 1) * channels
        var geometry = gather.geometry(source: extent, channels: inputChannels, taking: taken)
        let runs = gather.runs(taps, joining: groups == 1)
        for start in stride(from: pixels.lowerBound, to: pixels.upperBound, by: block) {
          let count = min(block, pixels.upperBound - start)
          if !isDirect { kernels.gather(source, &geometry, runs, runs.count, start, count, buffer) }
          GEMM.multiply(
            rows: inner, columns: columns, inner: count,
            isDirect ? source + start * inputChannels + taken.lowerBound : UnsafePointer(buffer),
            isDirect ? inputChannels : inner, transposed: true,
            gradient + start * outputs + group * columns, outputs,
            into: target + group * columns, outputs, beta: start == pixels.lowerBound ? 0 : 1)
        }
      }
    }
  }
}
