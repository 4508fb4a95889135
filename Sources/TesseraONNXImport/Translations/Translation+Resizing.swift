import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  static let resizing: [String: Body] = [
    "Resize": { call throws(NodeFault) in
      // Up to version 10, there are only scales, and pixels are counted from corners.
      let isEarly = call.version < 11
      let sampling = try Sampling(
        mode: try call.text("mode", or: "nearest"),
        positions: try call.text("coordinate_transformation_mode", or: isEarly ? "asymmetric" : "half_pixel"),
        rounding: try call.text("nearest_mode", or: isEarly ? "floor" : "round_prefer_floor"),
        coefficient: Double(try call.float("cubic_coeff_a", or: -0.75)),
        excludesOutside: try call.integer("exclude_outside", or: 0) == 1)
      guard try call.integer("antialias", or: 0) == 0 else {
        throw NodeFault("smoothing while it shrinks is not known")
      }
      guard try call.text("keep_aspect_ratio_policy", or: "stretch") == "stretch" else {
        throw NodeFault("keeping proportions is not known")
      }
      return try resized(
        call, sampling, scales: isEarly ? 1 : 2, sizes: isEarly ? nil : 3,
        axes: try call.integers("axes"))
    },
    "Upsample": { call throws(NodeFault) in
      let sampling = try Sampling(
        mode: try call.text("mode", or: "nearest"), positions: "asymmetric", rounding: "floor", coefficient: -0.75,
        excludesOutside: false)
      return try resized(call, sampling, scales: 1, sizes: nil, axes: nil)
    },
  ]

  /// - Parameters:
  ///   - scales: the number of the input with factors.
  ///   - sizes: the number of the input with lengths, if there is one.
  ///   - axes: those that the factors and lengths are of; `nil` for all.
  private static func resized(
    _ call: NodeCall, _ sampling: Sampling, scales: Int, sizes: Int?, axes: [Int]?
  ) throws(NodeFault) -> [PassValue] {
    let input = try call.variable(0)
    let shape = input.shape
    var chosen = Array(0..<input.rank)
    if let axes {
      chosen = []
      for axis in axes { chosen.append(try NodeCall.axis(axis, rank: input.rank)) }
    }
    let lengths = try sizes.flatMap { index throws(NodeFault) in try call.hostIfPresent(index) }?.integers
    let factors = try call.hostIfPresent(scales)?.values
    let given = lengths?.isEmpty ?? true ? factors?.count : lengths?.count
    guard given == chosen.count, Set(chosen).count == chosen.count else {
      throw NodeFault("it names no size for each axis")
    }
    var lines: [(axis: Int, line: SampledLine)] = []
    for (index, axis) in chosen.enumerated() {
      let source = shape[axis]
      let target: Int
      let factor: Double
      if let lengths, !lengths.isEmpty {
        target = lengths[index]
        factor = Double(target) / Double(source)
      } else {
        factor = factors?[index] ?? 1
        let length = (Double(source) * factor).rounded(.down)
        target = length < 0x1p20 ? Int(length) : 0
      }
      guard factor > 0, (1...1 << 20).contains(target) else { throw NodeFault("it resizes \(source) to \(target)") }
      if target == source && factor == 1 { continue }
      lines.append((axis, sampling.line(from: source, to: target, factor: factor)))
    }
    var lengthsAfter = shape
    for (axis, line) in lines { lengthsAfter[axis] = line.taps.count }
    try requireRoom(for: lengthsAfter)
    var result = input
    if input.rank == 4, let size = SampledLine.size(of: lines, shape: shape) {
      let pixels = input.arranged(ArrangedVariable.picture)
      // One of the library's own interpolations, if all pixels come from the same places.
      for interpolation in [Interpolation.nearest, .bilinear, .bilinearAlignedCorners]
      where lines.allSatisfy({ $0.line.isLike(interpolation, target: $0.axis == 2 ? size.height : size.width) })
        && SampledLine.isUntouched(interpolation, shape, size, lines.map(\.axis))
      {
        return [picture(resize(pixels, to: size, interpolation))]
      }
      result = ArrangedVariable(pixels, order: ArrangedVariable.picture, isConstant: input.isConstant)
    }
    for (axis, line) in lines {
      let map = AxisMap(axis: result.place(of: axis), length: shape[axis], taps: line.taps)
      result = result.with(map(result.variable))
    }
    return [.variable(result)]
  }
}

/// Where the pixels of a line come from.
private struct SampledLine {
  let source: Int
  let taps: [[AxisMap.Tap]]

  /// Whether one of the library's interpolations takes the same pixels with the same weights.
  func isLike(_ interpolation: Interpolation, target: Int) -> Bool {
    let steps = InterpolationSteps(interpolation, from: source, to: target).steps
    return steps.count == taps.count
      && zip(steps, taps).allSatisfy { step, taps in
        var weights: [Int: Float] = [:]
        weights[step.first, default: 0] += 1 - step.weight
        weights[step.second, default: 0] += step.weight
        for tap in taps { weights[tap.source, default: 0] -= tap.weight }
        return weights.values.allSatisfy { abs($0) < 1e-5 }
      }
  }

  /// The size of a picture whose lines along these axes are sampled; `nil` if other axes are, too.
  static func size(of lines: [(axis: Int, line: SampledLine)], shape: [Int]) -> Extent? {
    guard lines.allSatisfy({ $0.axis == 2 || $0.axis == 3 }) else { return nil }
    func length(_ axis: Int) -> Int { lines.first { $0.axis == axis }?.line.taps.count ?? shape[axis] }
    return Extent(height: length(2), width: length(3))
  }

  /// Whether an interpolation leaves the axes as they are that are not sampled.
  static func isUntouched(_ interpolation: Interpolation, _ shape: [Int], _ size: Extent, _ sampled: [Int]) -> Bool {
    [2, 3].allSatisfy { axis in
      sampled.contains(axis) || (axis == 2 ? size.height : size.width) == shape[axis]
    }
  }
}

/// How ONNX's `Resize` finds the pixels that a pixel is made of.
private struct Sampling {
  private enum Mode { case nearest, linear, cubic }

  private let mode: Mode
  private let positions: String
  private let rounding: String
  private let coefficient: Double
  private let excludesOutside: Bool

  init(
    mode: String, positions: String, rounding: String, coefficient: Double, excludesOutside: Bool
  ) throws(NodeFault) {
    switch mode {
    case "nearest": self.mode = .nearest
    case "linear", "bilinear": self.mode = .linear
    case "cubic": self.mode = .cubic
    default: throw NodeFault("its mode is \(mode)")
    }
    let known = [
      "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric",
      "tf_half_pixel_for_nn",
    ]
    guard known.contains(positions) else { throw NodeFault("positions by \(positions) are not known") }
    guard ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"].contains(rounding) else {
      throw NodeFault("its nearest_mode is \(rounding)")
    }
    (self.positions, self.rounding) = (positions, rounding)
    (self.coefficient, self.excludesOutside) = (coefficient, excludesOutside)
  }

  func line(from source: Int, to target: Int, factor: Double) -> SampledLine {
    SampledLine(
      source: source,
      taps: (0..<target).map { taps(at: position($0, source, target, factor), source: source) })
  }

  /// Where a pixel's center lies among the source's.
  private func position(_ index: Int, _ source: Int, _ target: Int, _ factor: Double) -> Double {
    let index = Double(index)
    switch positions {
    case "align_corners": return target == 1 ? 0 : index * Double(source - 1) / Double(target - 1)
    case "asymmetric": return index / factor
    case "pytorch_half_pixel": return target == 1 ? 0 : (index + 0.5) / factor - 0.5
    case "tf_half_pixel_for_nn": return (index + 0.5) / factor
    case "half_pixel_symmetric":
      let share = Double(target) / (factor * Double(source))
      return Double(source) / 2 * (1 - share) + (index + 0.5) / factor - 0.5
    default: return (index + 0.5) / factor - 0.5
    }
  }

  private func taps(at position: Double, source: Int) -> [AxisMap.Tap] {
    func clamped(_ place: Double) -> Int { Int(min(max(place, 0), Double(source - 1))) }
    switch mode {
    case .nearest:
      let nearest =
        switch rounding {
        case "floor": position.rounded(.down)
        case "ceil": position.rounded(.up)
        case "round_prefer_ceil": (position + 0.5).rounded(.down)
        default: (position - 0.5).rounded(.up)
        }
      return [AxisMap.Tap(source: clamped(nearest), weight: 1)]
    case .linear:
      let position = min(max(position, 0), Double(source - 1))
      let first = position.rounded(.down)
      let weight = Float(position - first)
      return weight == 0
        ? [AxisMap.Tap(source: Int(first), weight: 1)]
        : [
          AxisMap.Tap(source: Int(first), weight: 1 - weight), AxisMap.Tap(source: clamped(first + 1), weight: weight),
        ]
    case .cubic:
      let first = position.rounded(.down)
      let rest = position - first
      var weights = [1 + rest, rest, 1 - rest, 2 - rest].map(cubic)
      let places = (-1...2).map { first + Double($0) }
      if excludesOutside {
        for (index, place) in places.enumerated() where !(0..<Double(source)).contains(place) { weights[index] = 0 }
        let sum = weights.reduce(0, +)
        weights = weights.map { $0 / sum }
      }
      return zip(places, weights).map { AxisMap.Tap(source: clamped($0), weight: Float($1)) }
    }
  }

  /// The weight of a pixel at this distance (Keys 1981, doi:10.1109/TASSP.1981.1163711).
  private func cubic(_ distance: Double) -> Double {
    let (x, a) = (distance, coefficient)
    return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? ((x - 5) * x + 8) * a * x - 4 * a : 0
  }
}
