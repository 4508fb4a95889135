import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport

@testable import TesseraONNXImport

/// A graph that grows node by node, with one input `x`.
final class GraphSketch {
  private(set) var nodes: [ONNXNode] = []
  private(set) var constants: [String: ONNXConstant] = [:]
  private let version: Int

  init(version: Int = 17) { self.version = version }

  /// Adds a node and returns the name of its result.
  func add(_ type: String, _ inputs: String..., attributes: [String: ONNXNodeAttribute] = [:]) -> String {
    add(type, of: inputs, attributes: attributes)
  }

  func add(_ type: String, of inputs: [String], attributes: [String: ONNXNodeAttribute] = [:]) -> String {
    let name = "\(type) \(nodes.count)"
    nodes.append(ONNXNode(name: name, type: type, inputs: inputs, outputs: [name], attributes: attributes))
    return name
  }

  func number(_ value: Double) -> String { constant(.floats(Tensor(Float(value)))) }

  func integers(_ values: Int...) -> String { constant(.integers(HostArray(values))) }

  /// A weight with random values around 1.
  func weight(_ shape: Shape) -> String {
    constant(.floats(Tensor.random(shape, seed: UInt64(constants.count + 1)) * 0.3 + 1))
  }

  private func constant(_ constant: ONNXConstant) -> String {
    let name = "constant \(constants.count)"
    constants[name] = constant
    return name
  }

  /// The graph that gives these values.
  func graph(_ outputs: String...) -> ONNXGraph {
    func value(_ name: String) -> ONNXGraph.Value { .init(name: name, lengths: [], isNumeric: true) }
    return ONNXGraph(
      version: version, nodes: nodes, constants: constants, inputs: [value("x")], outputs: outputs.map(value))
  }
}

extension ONNXGraph {
  /// The parts of the graph that become one operation.
  func fusions() throws -> [String] {
    try GraphProgram(self).steps.compactMap { $0.fusion?.name }
  }

  /// The output for an input, the gradients of `<output, seed>` with respect to the input and all weights, and what was
  /// computed.
  ///
  /// - Parameter order: how the input lies.
  func followed(
    _ x: Tensor, order: [Int], isFusing: Bool
  ) throws -> (value: Tensor, gradients: [Tensor?], kinds: [OperationKind]) {
    let program = try GraphProgram(self, isFusing: isFusing)
    let layers = program.layers(classes: nil, random: RandomStream(seed: 0))
    program.fill(layers)
    let tape = Tape(mode: .inference)
    let variable = tape.variable(x.transposed(order))
    let input = ArrangedVariable(variable, order: order, isConstant: false)
    let result = try program.run(input, layers: layers).natural
    let gradients = tape.gradients(of: result, seed: .random(result.shape, seed: 99))
    let parameters = layers.flatMap { [$0.filter, $0.bias].compactMap(\.self) + $0.values }
    return (result.value, [gradients[variable]] + parameters.map { gradients[$0] }, tape.operations.map(\.kind))
  }
}
