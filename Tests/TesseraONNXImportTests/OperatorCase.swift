import Foundation
import SwiftProtobuf
import TesseraAutograd
import TesseraONNX
import TesseraTensors

@testable import TesseraONNXImport

/// A test of one of ONNX's operators, as the package `onnx` defines it (`scripts/golden/onnx_operations.py`).
struct OperatorCase {
  let name: String
  let graph: ONNXGraph
  private let inputs: [ONNXConstant]
  private let outputs: [ONNXConstant]

  /// All cases of the file.
  static func all() throws -> [OperatorCase] {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Golden/operations.bin")
    var rest = try Data(contentsOf: path)[...]
    func number() -> Int {
      defer { rest = rest.dropFirst(4) }
      return rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var cases: [OperatorCase] = []
    while !rest.isEmpty {
      let parts = (0..<number()).map { _ in
        let length = number()
        defer { rest = rest.dropFirst(length) }
        return Data(rest.prefix(length))
      }
      let arrays = try parts.dropFirst(3).map { bytes in
        try ONNXConstant(try Onnx_TensorProto(serializedBytes: bytes)) { _, _ throws(NodeFault) in
          throw NodeFault("its elements are in another file")
        }
      }
      let count = Int(parts[2][0])
      cases.append(
        OperatorCase(
          name: String(decoding: parts[0], as: UTF8.self), graph: try ONNXGraph([UInt8](parts[1])),
          inputs: Array(arrays.prefix(count)), outputs: Array(arrays.dropFirst(count))))
    }
    return cases
  }

  /// What is wrong with the results; `nil` if they are right.
  ///
  /// Inputs that say how to compute are known before the pass, as they are in networks.
  func fault() throws(ONNXImportError) -> String? {
    let program = try GraphProgram(graph)
    let hosts = GraphProgram.hostNames(of: graph)
    let values = zip(graph.inputs, inputs).map { value, constant -> PassValue in
      if case .floats(let tensor) = constant, !hosts.contains(value.name) {
        return .variable(ArrangedVariable(Variable(tensor), isConstant: false))
      }
      return .host(constant.hostArray!)
    }
    let layers = program.layers(classes: nil, random: RandomStream(seed: 0))
    program.fill(layers)
    let results = try program.run(values, layers: layers, joining: Variable(Tensor(0)))
    guard results.count == outputs.count else { return "\(results.count) results" }
    for (result, output) in zip(results, outputs) {
      let expected = output.hostArray!
      guard result.shape == expected.shape else { return "\(result.shape) instead of \(expected.shape)" }
      let found: [Double] =
        switch result {
        case .host(let array): array.values
        case .variable(let variable): variable.natural.value.scalars.map(Double.init)
        case .shape: []
        }
      for (a, b) in zip(found, expected.values) where !(a == b || a.isNaN && b.isNaN) {
        let difference = abs(a - b) / max(1, abs(b))
        if !(difference < 1e-3) { return "\(a) instead of \(b)" }
      }
    }
    return nil
  }
}
