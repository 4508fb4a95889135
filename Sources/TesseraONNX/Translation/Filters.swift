import TesseraKernels
import TesseraLayers
import TesseraTensors

/// Taps of zeros around a filter.
struct ZeroTaps: Equatable {
  private(set) var top = 0
  private(set) var left = 0
  private(set) var bottom = 0
  private(set) var right = 0

  static let none = ZeroTaps()

  private init() {}

  /// What makes a transposed convolution's pads equal: zeros before its first tap shift its result, so that much more
  /// is cut off there; zeros after its last one lengthen it.
  ///
  /// - Parameters:
  ///   - start: the pads above and to the left.
  ///   - end: the pads below and to the right.
  ///   - dilation: pads whose difference is not a multiple of it stay as they are.
  ///   - isKnown: whether the filter's numbers are known; the pads of a computed filter stay as they are.
  init(start: Extent, end: Extent, dilation: Extent, around isKnown: Bool) {
    guard isKnown else { return }
    func taps(_ start: Int, _ end: Int, _ dilation: Int) -> (before: Int, after: Int) {
      guard (end - start) % dilation == 0 else { return (0, 0) }
      return (max(0, end - start) / dilation, max(0, start - end) / dilation)
    }
    (top, bottom) = taps(start.height, end.height, dilation.height)
    (left, right) = taps(start.width, end.width, dilation.width)
  }
}

extension Tensor {
  /// A filter `[height, width, _, _]` with zeros around it.
  func surrounded(by zeros: ZeroTaps) -> Tensor {
    guard zeros != .none else { return self }
    let (height, width, pair) = (shape[0], shape[1], shape[2] * shape[3])
    let wider = width + zeros.left + zeros.right
    var result = Tensor.zeros([height + zeros.top + zeros.bottom, wider, shape[2], shape[3]])
    withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { target in
        for row in 0..<height {
          let start = ((row + zeros.top) * wider + zeros.left) * pair
          for offset in 0..<width * pair { target[start + offset] = source[row * width * pair + offset] }
        }
      }
    }
    return result
  }

  /// A filter `[height, width, inputs, outputs]` for an input whose channel `order[k]` is what its channel k was.
  func reorderingInputs(_ order: [Int]) -> Tensor {
    let (inputs, outputs) = (shape[2], shape[3])
    var result = self
    withUnsafeBufferPointer { source in
      result.withUnsafeMutableBufferPointer { target in
        for tap in 0..<shape[0] * shape[1] {
          for (input, channel) in order.enumerated() {
            for output in 0..<outputs {
              target[(tap * inputs + channel) * outputs + output] = source[(tap * inputs + input) * outputs + output]
            }
          }
        }
      }
    }
    return result
  }
}

extension NetworkGraph {
  /// Whether only convolutions by known filters take the input: then a different order of its channels can be absorbed
  /// into their filters.
  var takesInputByFiltersAlone: Bool {
    nodes.allSatisfy { node in
      node.inputs.enumerated().allSatisfy { position, source in
        guard case .input = source else { return true }
        guard position == 0, case .convolution(_, _, groups: 1, _) = node.kind else { return false }
        return node.inputs[1].isKnown
      }
    }
  }
}

extension NetworkGraph.Source {
  /// Whether its numbers are part of the network.
  var isKnown: Bool {
    switch self {
    case .parameter, .constant: true
    case .input, .node: false
    }
  }
}
