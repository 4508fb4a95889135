import CKernels

/// Pixels along one axis as weighted sums of others.
struct Mixture {
  private let parts: [tk_part]
  /// Where those of each result begin; one more number than there are results.
  private let starts: [Int]

  var count: Int { starts.count - 1 }

  private init(_ sums: [[tk_part]]) {
    parts = sums.flatMap(\.self)
    starts = sums.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
  }

  /// The target pixels of an interpolation, of its source.
  init(_ steps: InterpolationSteps) {
    self.init(
      steps.steps.map { step in
        let first = tk_part(index: step.first, weight: 1 - step.weight)
        return step.weight == 0 ? [first] : [first, tk_part(index: step.second, weight: step.weight)]
      })
  }

  /// The adjoint: the interpolation's `source` pixels, of its targets.
  init(adjoint steps: InterpolationSteps, of source: Int) {
    self.init(
      steps.contributions(of: source).map { sum in sum.map { tk_part(index: $0.target, weight: $0.weight) } })
  }

  /// Result number `index` as a row of `length` floats; where it is a row of the source, that.
  func row(
    _ index: Int, of source: UnsafePointer<Float>, length: Int, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    let first = starts[index]
    if starts[index + 1] - first == 1, parts[first].weight == 1 { return source + parts[first].index * length }
    starts.withUnsafeBufferPointer { kernels.mix(source, parts, $0.baseAddress! + index, 1, length, scratch) }
    return UnsafePointer(scratch)
  }

  /// All results, pixels of `channels` floats.
  func pixels(of source: UnsafePointer<Float>, _ channels: Int, into result: UnsafeMutablePointer<Float>) {
    kernels.mix(source, parts, starts, count, channels, result)
  }

  /// Floats that may be read behind a row.
  static let margin = 16
}
