import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension NetworkGraph {
  /// How far from a pixel, along either axis, the network looks to compute its result there: the radius of its
  /// receptive field.
  ///
  /// This counts the input pixels from those under a pixel of the result, both drawn at the same size, to the farthest
  /// one that it depends on. `nil` if that is unbounded (a mean over the picture, a normalization by moments of pixels,
  /// a product of pixels with pixels), if it depends on the picture's size (corners that are aligned), or if an
  /// operation does not say what it looks at.
  ///
  /// Only the shapes of windows count (Araujo, Norris, Sim 2019, "Computing Receptive Fields of Convolutional Neural
  /// Networks"): particular weights may see less, never more. Pixels beyond the picture's edge count like others, so
  /// the size of the input matters only where a window's size depends on it; it must be larger than any window.
  public var receptiveRadius: Int? {
    guard let shape = nodes.last?.shape, shape.rank == 4, inputShape.rank == 4 else { return nil }
    let dependent = dependentNodes
    // Otherwise the result does not come from recorded operations.
    guard dependent.last == true else { return nil }
    var radius = 0
    for axis in 1...2 {
      let (pixels, results) = (inputShape[axis], shape[axis])
      for result in 0..<results {
        guard let seen = interval(seenBy: result, along: axis, dependent) else { return nil }
        let under = result * pixels / results...((result + 1) * pixels - 1) / results
        if let seen = seen.pixels {
          radius = max(radius, under.lowerBound - seen.lowerBound, seen.upperBound - under.upperBound)
        }
      }
    }
    return radius
  }

  /// Whether each node depends on the input.
  private var dependentNodes: [Bool] {
    nodes.reduce(into: []) { dependent, node in
      let depends = node.inputs.contains { Self.depends($0, dependent) }
      dependent.append(depends)
    }
  }

  private static func depends(_ source: Source, _ dependent: [Bool]) -> Bool {
    switch source {
    case .input: true
    case .node(let index): dependent[index]
    case .parameter, .constant: false
    }
  }

  /// The pixels of the input that one result depends on, found by tracing back from it to the input; `nil` for all.
  private func interval(seenBy result: Int, along axis: Int, _ dependent: [Bool]) -> PixelInterval? {
    var intervals = [PixelInterval](repeating: .none, count: nodes.count)
    var input = PixelInterval.none
    intervals[nodes.count - 1] = PixelInterval(result...result)
    for (index, node) in nodes.enumerated().reversed() {
      guard let results = intervals[index].pixels else { continue }
      for (position, source) in node.inputs.enumerated() where Self.depends(source, dependent) {
        guard let part = interval(seenBy: results, of: node, input: position, along: axis) else { return nil }
        if case .node(let target) = source { intervals[target].formUnion(part) } else { input.formUnion(part) }
      }
    }
    return input
  }

  /// The pixels of an input that `results` of a node depend on; `nil` if these are all pixels or unknown.
  private func interval(
    seenBy results: ClosedRange<Int>, of node: Node, input position: Int, along axis: Int
  ) -> PixelInterval? {
    let (shape, same) = (shape(of: node.inputs[position]), PixelInterval(results))
    func isKept(_ axes: [Int], _ keepingAxes: Bool) -> Bool { axes.allSatisfy { $0 > 2 || $0 == 0 && keepingAxes } }
    switch node.kind {
    // Axes 1 and 2 are those of a picture as long as they keep their positions.
    case .sum(let axes, let keepingAxes), .mean(let axes, let keepingAxes):
      return isKept(axes, keepingAxes) ? same : nil
    case "reshape":
      return shape.rank > 2 && node.shape.rank > 2 && shape.dimensions[..<3] == node.shape.dimensions[..<3] ? same : nil
    case _ where shape.rank < 4 || node.shape.rank != shape.rank: return nil
    case .convolution(let geometry, _, _, _):
      return position == 0 ? AxisWindow(geometry, axis).inputs(of: results) : nil
    case .transposedConvolution(let geometry, _, _, _):
      return position == 0 ? AxisWindow(geometry, axis).outputs(of: results) : nil
    case .maxPool(let geometry, _), .averagePool(let geometry, _):
      let window = AxisWindow(geometry, axis)
      // A window as large as the picture is taken to grow with any picture.
      return window.length < shape[axis] ? window.inputs(of: results) : nil
    case .resize(_, let interpolation):
      return .resized(results, interpolation, from: shape[axis], to: node.shape[axis])
    case .transpose(let order): return order[1] == 1 && order[2] == 2 ? same : nil
    case .slice(let range, let sliced): return sliced == axis ? same.moved(by: range.lowerBound) : same
    case .concatenate(let joined, _):
      guard joined == axis else { return same }
      let start = node.inputs[..<position].reduce(0) { $0 + self.shape(of: $1)[axis] }
      return same.moved(by: -start).clamped(to: 0...shape[axis] - 1)
    case .batchNormalization: return position == 0 && node.inputs.count == 5 ? same : nil
    case "matrixProduct": return position == 0 ? same : nil
    case _ where node.kind.isPointwise:
      // A single row or column is the same for all.
      return shape[axis] == node.shape[axis] ? same : PixelInterval(0...0)
    default: return nil
    }
  }
}
