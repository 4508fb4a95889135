import Foundation
import SwiftProtobuf
import TesseraONNX
import TesseraTensors
import Testing

extension ONNXModel {
  /// The model as a reader of its bytes sees it.
  func read() throws -> Onnx_ModelProto { try Onnx_ModelProto(serializedBytes: try bytes) }
}

extension Onnx_ModelProto {
  func node(_ name: String) throws -> Onnx_NodeProto {
    try #require(graph.node.first { $0.name == name }, "there is no node \(name)")
  }

  func constant(_ name: String) throws -> Onnx_TensorProto {
    try #require(graph.initializer.first { $0.name == name }, "there is no constant \(name)")
  }

  var notes: [String: String] { Dictionary(uniqueKeysWithValues: metadataProps.map { ($0.key, $0.value) }) }

  /// Every name is made before it is taken, once.
  func expectOrder(sourceLocation: SourceLocation = #_sourceLocation) {
    var known = Set(graph.input.map(\.name) + graph.initializer.map(\.name))
    #expect(known.count == graph.input.count + graph.initializer.count, sourceLocation: sourceLocation)
    var taken: Set<String> = []
    for node in graph.node {
      // An empty name stands for an input that is left out.
      for input in node.input where !input.isEmpty {
        #expect(known.contains(input), "\(node.name) takes \(input)", sourceLocation: sourceLocation)
        taken.insert(input)
      }
      for output in node.output {
        #expect(!output.isEmpty && known.insert(output).inserted, "\(output)", sourceLocation: sourceLocation)
      }
    }
    #expect(graph.output.allSatisfy { known.contains($0.name) }, sourceLocation: sourceLocation)
    #expect(graph.initializer.allSatisfy { taken.contains($0.name) }, sourceLocation: sourceLocation)
  }
}

extension Onnx_NodeProto {
  func integers(_ name: String) -> [Int]? { attribute.first { $0.name == name }?.ints.map { Int($0) } }
  func integer(_ name: String) -> Int? { attribute.first { $0.name == name }.map { Int($0.i) } }
  func float(_ name: String) -> Float? { attribute.first { $0.name == name }?.f }
  func text(_ name: String) -> String? {
    attribute.first { $0.name == name }.map { String(decoding: $0.s, as: UTF8.self) }
  }
}

extension Onnx_TensorProto {
  /// The numbers of a float tensor.
  var tensor: Tensor {
    let floats = rawData.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    return Tensor(floats, shape: Shape(dims.map { Int($0) }))
  }

  var integers: [Int] { rawData.withUnsafeBytes { $0.bindMemory(to: Int64.self).map { Int($0) } } }
}

extension Onnx_ValueInfoProto {
  /// Lengths as numbers or names.
  var lengths: [String] {
    type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
  }
}
