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
