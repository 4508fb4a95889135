import Tessera

/// One of a convolution's three products in a network: its sizes, and the tensors that go through it.
///
/// A transposed convolution is the adjoint of a convolution, and is taken for that: its forward pass is the
/// convolution's input gradient.
public struct ConvolutionPass: Hashable, Sendable {
  public let pass: ConvolutionAlgorithm.Pass
  /// Pictures and windows of networks are square.
  public let geometry: WindowGeometry
  public let batch: Int
  /// The input channels of a group.
  public let inputs: Int
  public let outputs: Int
  public let groups: Int

  /// Unique, for use in a benchmark's name.
  public var name: String {
    let (from, to, window) = (geometry.input.height, geometry.output.height, geometry.window.height)
    let details = [
      "\(isDepthwise ? "Depthwise convolution" : "Convolution") \(window)x\(window)",
      geometry.stride == 1 ? nil : "stride \(geometry.stride.height)",
      geometry.dilation == 1 ? nil : "dilation \(geometry.dilation.height)",
      "padding \(geometry.top)", from == to ? "\(from) px" : "\(from) to \(to) px",
      "\(inputs * groups) to \(outputs)", groups == 1 || isDepthwise ? nil : "\(groups) groups", "batch \(batch)",
      pass.title,
    ]
    return details.compactMap(\.self).joined(separator: ", ")
  }

  /// The multiply-adds of the direct sum, however a kernel computes it.
  public var multiplyAdds: Int { batch * geometry.output.area * geometry.window.area * inputs * outputs }

  public var input: Tensor { .random([batch, geometry.input.height, geometry.input.width, inputs * groups]) }
  public var filter: Tensor { .random([geometry.window.height, geometry.window.width, inputs, outputs]) }
  public var bias: Tensor { .random([outputs]) }
  public var outputGradient: Tensor { .random([batch, geometry.output.height, geometry.output.width, outputs]) }

  private var isDepthwise: Bool { groups > 1 && inputs == 1 && outputs == groups }
}

extension ConvolutionAlgorithm.Pass {
  fileprivate var title: String {
    switch self {
    case .forward: "forward"
    case .inputGradient: "input gradient"
    case .filterGradient: "filter gradient"
    }
  }
}

extension NetworkGraph {
  /// The products of the network's convolutions: all that training computes, or those of a forward pass.
  func convolutions(isTraining: Bool) -> [ConvolutionPass] {
    nodes.flatMap { node -> [ConvolutionPass] in
      let (geometry, groups, forward): (WindowGeometry, Int, ConvolutionAlgorithm.Pass)
      switch node.kind {
      case .convolution(let windows, _, let count, _): (geometry, groups, forward) = (windows, count, .forward)
      case .transposedConvolution(let windows, _, let count, _):
        (geometry, groups, forward) = (windows, count, .inputGradient)
      default: return []
      }
      let filter = shape(of: node.inputs[1])
      return ConvolutionAlgorithm.Pass.allCases.filter { pass in
        // The picture needs no gradient.
        isTraining ? pass != .inputGradient || !node.takesPicture : pass == forward
      }.map { pass in
        ConvolutionPass(
          pass: pass, geometry: geometry, batch: node.shape[0], inputs: filter[2], outputs: filter[3], groups: groups)
      }
    }
  }
}

extension NetworkGraph.Node {
  /// Whether it is applied to the network's input.
  var takesPicture: Bool { if case .input = inputs.first { true } else { false } }
}
