import TesseraTensors

/// Where the pixels along one axis come from when a picture is resized.
public struct InterpolationSteps: Sendable, Hashable {
  /// One target pixel: two source pixels and the second one's weight.
  public struct Step: Sendable, Hashable {
    public let first: Int
    public let second: Int
    public let weight: Float

    /// The last source pixel with a weight.
    public var last: Int { weight == 0 ? first : second }
  }

  /// One for each target pixel.
  public let steps: [Step]

  /// The number of target pixels.
  public var count: Int { steps.count }

  private init(_ steps: [Step]) { self.steps = steps }

  /// From `source` pixels to `target` pixels.
  ///
  /// Pixel centers lie at half coordinates (TensorFlow's `half_pixel_centers`, PyTorch's `align_corners=False`), unless
  /// corners are aligned.
  public init(_ interpolation: Interpolation, from source: Int, to target: Int) {
    func mixed(_ position: Double) -> Step {
      let first = min(source - 1, Int(position))
      return Step(first: first, second: min(source - 1, first + 1), weight: Float(position - Double(first)))
    }
    steps = (0..<target).map { index in
      let center = (Double(index) + 0.5) * Double(source) / Double(target)
      switch interpolation {
      case .nearest:
        let nearest = min(source - 1, Int(center))
        return Step(first: nearest, second: nearest, weight: 0)
      case .bilinear: return mixed(max(0, center - 0.5))
      // A single target pixel takes the first.
      case .bilinearAlignedCorners: return mixed(Double(index * (source - 1)) / Double(max(1, target - 1)))
      }
    }
  }

  /// For each of `source` pixels the target pixels that are mixed from it, in order, with its weight in them: the
  /// adjoint.
  func contributions(of source: Int) -> [[(target: Int, weight: Float)]] {
    var parts = [[(target: Int, weight: Float)]](repeating: [], count: source)
    for (target, step) in steps.enumerated() {
      if step.weight != 1 { parts[step.first].append((target, 1 - step.weight)) }
      if step.weight != 0 { parts[step.second].append((target, step.weight)) }
    }
    return parts
  }

  /// The same target pixels from last to first, for a mirrored source.
  public var reversed: InterpolationSteps { InterpolationSteps(steps.reversed()) }

  /// The target pixels `range`, for a source whose pixels before `origin` are cut off.
  public func part(_ range: Range<Int>, from origin: Int) -> InterpolationSteps {
    InterpolationSteps(
      steps[range].map { Step(first: $0.first - origin, second: $0.second - origin, weight: $0.weight) })
  }

  /// The source pixels that the target pixels `range` are mixed from.
  public func source(of range: Range<Int>) -> Range<Int> {
    let part = steps[range]
    return (part.map(\.first).min() ?? 0)..<(part.map(\.last).max() ?? -1) + 1
  }
}
