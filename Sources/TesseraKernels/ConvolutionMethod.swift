import TesseraTensors

/// How a convolution, or its adjoint, of pictures of one shape is computed: all that follows from shapes alone.
struct ConvolutionMethod: Sendable {
  private indirect enum Work: Sendable {
    /// One product for each phase of the result.
    case gathered([Gathering])
    case winograd(WinogradConvolution)
    /// Winograd's algorithm on the phases of a dilation.
    case phases(DilationPhases, ConvolutionMethod)
    case depthwise(DepthwiseConvolution)
  }

  private struct Gathering {
    let gather: Gather
    let taps: PackedTaps
  }

  private let work: Work
  private let isAdjoint: Bool
  private let sourceExtent: Extent
  private let resultExtent: Extent
  /// Of the result.
  private let shape: Shape

  /// - Parameters:
  ///   - algorithm: one of the convolution's candidates.
  ///   - geometry: where the windows lie.
  ///   - filter: the filter's shape `[height, width, channels / groups, outputs]`.
  ///   - batch: the number of pictures.
  ///   - groups: the number of independent groups that the channels are split into.
  ///   - isAdjoint: whether it is the gradient by the input, from the outputs back to the channels.
  init(
    _ algorithm: ConvolutionAlgorithm, _ geometry: WindowGeometry, filter: Shape, batch: Int, groups: Int,
    isAdjoint: Bool = false
  ) {
    self.isAdjoint = isAdjoint
    (sourceExtent, resultExtent) = isAdjoint ? (geometry.output, geometry.input) : (geometry.input, geometry.output)
    shape = [batch, resultExtent.height, resultExtent.width, isAdjoint ? filter[2] * groups : filter[3]]
    switch algorithm {
    case .gathered:
      work = .gathered(
        (isAdjoint ? Gather.adjoint(geometry) : [Gather(forward: geometry)]).map {
          Gathering(gather: $0, taps: PackedTaps($0, of: filter, groups: groups, isAdjoint: isAdjoint))
        })
    case .winograd(let tile):
      require(groups == 1, "Winograd: expects one group of channels; got \(groups)")
      if let phases = DilationPhases(geometry) {
        work = .phases(
          phases,
          ConvolutionMethod(
            algorithm, phases.geometry, filter: filter, batch: batch * phases.count, groups: 1, isAdjoint: isAdjoint))
      } else {
        work = .winograd(WinogradConvolution(geometry, filter: filter, batch: batch, tile: tile, isAdjoint: isAdjoint))
      }
    case .depthwise:
      work = .depthwise(
        DepthwiseConvolution(geometry, filter: filter, batch: batch, groups: groups, isAdjoint: isAdjoint))
    }
  }

  /// The weights of `filter` as the loops read them, for as many products as there are; `nil` where keeping them is not
  /// worth their memory.
  func weights(of filter: Tensor) -> [Tensor?] {
    switch work {
    case .gathered(let gatherings): gatherings.map { kept($0) ? $0.taps.packed(filter) : nil }
    case .winograd(let winograd): [winograd.filters(of: filter)]
    case .phases(_, let method): method.weights(of: filter)
    case .depthwise: [nil]
    }
  }

  private func kept(_ gathering: Gathering) -> Bool {
    gathering.taps.areWorthKeeping(pixels: shape[0] * gathering.gather.grid.area)
  }

  /// The activation of the convolution of `source` plus `bias` and `addend`, in one pass where the algorithm can.
  ///
  /// - Parameter weights: those of `filter`, if they are known; otherwise from an earlier pass where the context keeps
  ///   such tensors.
  func callAsFunction(
    _ source: Tensor, _ filter: Tensor, _ bias: Tensor?, adding addend: Tensor? = nil, _ activation: Activation,
    weights: [Tensor?]? = nil
  ) -> Tensor {
    require(
      addend == nil || addend?.shape == shape,
      "convolution: what is added must be \(shape); got \(addend.map { "\($0.shape)" } ?? "none")")
    switch work {
    case .gathered(let gatherings):
      return gathered(gatherings, source, filter, bias, adding: addend, activation, weights)
    case .winograd(let winograd):
      let ready = weights?[0] ?? keptWeights(of: filter, 0)
      let inside = addend == nil ? activation : .identity
      return finished(winograd(source, filter, bias, inside, shape, ready: ready), adding: addend, activation)
    case .phases(let phases, let method):
      let inside = addend == nil ? activation : .identity
      let result = method(phases.split(source), filter, bias, inside, weights: weights)
      return finished(phases.join(result, to: resultExtent), adding: addend, activation)
    case .depthwise(let depthwise):
      let inside = addend == nil ? activation : .identity
      return finished(depthwise(source, filter, bias, inside, shape), adding: addend, activation)
    }
  }

  private func gathered(
    _ gatherings: [Gathering], _ source: Tensor, _ filter: Tensor, _ bias: Tensor?, adding addend: Tensor?,
    _ activation: Activation, _ weights: [Tensor?]?
  ) -> Tensor {
    Tensor(shape: shape) { result in
      for (index, gathering) in gatherings.enumerated() {
        // What is not kept lives as long as its product.
        let panels = weights?[index] ?? keptWeights(of: filter, index) ?? gathering.taps.packed(filter)
        panels.withUnsafeBufferPointer { panels in
          Convolution.withPointers(source, addend ?? source, bias) { source, added, bias in
            GatheredProduct(
              gather: gathering.gather, batch: shape[0], source: source, sourceExtent: sourceExtent,
              weights: gathering.taps, panels: panels.baseAddress!, result: result.baseAddress!,
              resultExtent: resultExtent, bias: bias, addend: addend == nil ? nil : added, activation: activation
            ).run()
          }
        }
      }
    }
  }

  /// The weights of product number `index` from an earlier pass, where the context keeps such tensors.
  private func keptWeights(of filter: Tensor, _ index: Int) -> Tensor? {
    guard let prepared = ComputeContext.current.prepared else { return nil }
    switch work {
    case .gathered(let gatherings):
      let gathering = gatherings[index]
      guard kept(gathering) else { return nil }
      let details = [gathering.taps.groups, isAdjoint ? 1 : 0] + gathering.taps.taps
      return prepared.tensor(from: [filter], for: "packed taps", details) { gathering.taps.packed(filter) }
    case .winograd(let winograd):
      guard winograd.keepsFilters else { return nil }
      return prepared.tensor(from: [filter], for: "Winograd's filters", winograd.filterDetails) {
        winograd.filters(of: filter) ?? filter
      }
    case .phases, .depthwise: return nil
    }
  }

  /// The sum and its activation, in one pass.
  private func finished(_ result: consuming Tensor, adding addend: Tensor?, _ activation: Activation) -> Tensor {
    guard let addend else { return result }
    addend.withUnsafeBufferPointer { addend in
      result.updateBlocks { source, target, range in
        kernels.add.vv(source, addend.baseAddress! + range.lowerBound, target, range.count)
        if activation != .identity {
          kernels.activate(target, target, range.count, activation.kind, activation.slope)
        }
      }
    }
    return result
  }
}
