import Foundation
import TesseraAutograd
import TesseraNetworks
import TesseraTensors

@testable import TesseraONNXImport

/// A small network that torch or Keras exported, with what ONNX Runtime computes (`scripts/golden/onnx_networks.py`,
/// `onnx_keras_network.py`).
struct ExportedNetwork {
  let name: String
  var folder = Self.golden

  /// Height and width of the pictures.
  static let sizes = [(height: 32, width: 32), (height: 64, width: 48)]

  static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden").path

  static let all: [ExportedNetwork] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: golden)) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.sorted().map { ExportedNetwork(name: String($0.dropLast(5))) }
  }()

  var path: String { "\(folder)/\(name).onnx" }

  func network() throws -> ONNXNetwork { try ONNXImport(contentsOf: path).network(normalization: .unit) }

  /// A normalized picture, channels last.
  static func picture(_ size: (height: Int, width: Int)) -> Tensor {
    let values = (0..<3 * size.height * size.width).map { Float(sin(Double($0) * 0.37) * 2) }
    return Tensor(values, shape: [1, 3, size.height, size.width]).transposed([0, 2, 3, 1])
  }

  /// The logits of both pictures, in ONNX's order.
  func logits() throws -> [Float] {
    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).logits")).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
  }
}

extension ONNXNode {
  /// A node that is called as its result.
  init(_ type: String, _ inputs: [String], _ output: String, _ attributes: [String: ONNXNodeAttribute] = [:]) {
    self.init(name: output, type: type, inputs: inputs, outputs: [output], attributes: attributes)
  }
}

extension ONNXNetwork {
  /// What the file's graph gives for a picture `[1, height, width, channels]` in 0...1, as its nodes arrange it.
  func graphOutput(of picture: Tensor) throws -> ArrangedVariable {
    // The file's own normalization is the network's.
    let picture = normalization == .unit ? picture : normalization((Variable(picture) * 255).value)
    let order = configuration.layout.isChannelsFirst ? ArrangedVariable.picture : [0, 1, 2, 3]
    return try configuration.program.run(
      ArrangedVariable(Variable(picture), order: order, isConstant: false), layers: layers)
  }

  /// The network of a graph that was written to a file: from `image` to what the last node gives.
  init(of nodes: [ONNXNode], constants: [String: ONNXConstant], lengths: [Int?] = [nil, 3, nil, nil]) throws {
    let graph = ONNXGraph(
      version: 17, nodes: nodes, constants: constants,
      inputs: [.init(name: "image", lengths: lengths, isNumeric: true)],
      outputs: [.init(name: nodes.last?.outputs[0] ?? "", lengths: [], isNumeric: true)])
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).onnx").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(try graph.bytes(without: [])).write(to: URL(fileURLWithPath: path))
    self = try ONNXImport(contentsOf: path).network(normalization: .unit)
  }
}
