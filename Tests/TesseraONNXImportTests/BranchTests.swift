import Foundation
import SwiftProtobuf
import TesseraONNX
import Testing

@testable import TesseraONNXImport

/// Which way an `If` goes is known where no picture changes it.
@Suite struct BranchTests {
  /// The network with its last node in a branch of an `If`, and one that cannot be computed in the other.
  private static func branching(_ condition: Bool, _ prepare: (inout Onnx_GraphProto) -> String) throws -> [UInt8] {
    var model = try ImportTests.model()
    var last = model.graph.node.removeLast()
    let output = last.output[0]
    last.output = ["inner"]
    var unknown = last
    unknown.opType = "Einsum"
    var choice = Onnx_NodeProto()
    (choice.opType, choice.name, choice.output) = ("If", "choice", [output])
    choice.input = [prepare(&model.graph)]
    choice.attribute = [("then_branch", condition ? last : unknown), ("else_branch", condition ? unknown : last)].map {
      var (attribute, value) = (Onnx_AttributeProto(), Onnx_ValueInfoProto())
      (attribute.name, attribute.type, value.name) = ($0, .graph, "inner")
      (attribute.g.node, attribute.g.output) = ([$1], [value])
      return attribute
    }
    model.graph.node.append(choice)
    return try model.serializedBytes()
  }

  private static func truth(_ value: Bool, named name: String) -> Onnx_TensorProto {
    var array = Onnx_TensorProto()
    (array.name, array.dataType, array.rawData) = (name, 9, Data([value ? 1 : 0]))
    return array
  }

  @Test(arguments: [true, false]) func aKnownConditionChoosesItsBranch(condition: Bool) throws {
    let whole = try ONNXGraph(contentsOf: ExportedNetwork(name: "unet-17").path)
    let held = try Self.branching(condition) { graph in
      graph.initializer.append(Self.truth(condition, named: "held"))
      return "held"
    }
    let computed = try Self.branching(condition) { graph in
      var (constant, not) = (Onnx_NodeProto(), Onnx_NodeProto())
      (constant.opType, constant.output) = ("Constant", ["opposite"])
      (not.opType, not.input, not.output) = ("Not", ["opposite"], ["condition"])
      constant.attribute = [Onnx_AttributeProto()]
      (constant.attribute[0].name, constant.attribute[0].type) = ("value", .tensor)
      constant.attribute[0].t = Self.truth(!condition, named: "")
      graph.node += [constant, not]
      return "condition"
    }
    for bytes in [held, computed] {
      let types = try ONNXGraph(bytes).nodes.map(\.type).filter { $0 != "Not" }
      #expect(types == whole.nodes.map(\.type) + ["Identity"])
    }
  }

  /// Conditions on a length of the picture: the number of channels is known, all others are open. Pictures of usual sizes
  /// may all be above a bound, or multiples of something.
  @Test(arguments: [
    (1, ["Equal"], 3, true), (2, ["Equal"], 256, false), (3, ["Greater"], 100, false), (2, ["Less"], 5000, false),
    (2, ["Mod", "Equal"], 32, false), (0, ["Greater"], 4, false), (1, ["Greater"], 4, false),
  ])
  func conditionsOnWhatNoPictureChangesAreComputed(axis: Int, types: [String], number: Int, isKnown: Bool) throws {
    let whole = try ONNXGraph(contentsOf: ExportedNetwork(name: "unet-17").path)
    // What is known of the last case is that it is false.
    let choice = number != 4
    let bytes = try Self.branching(choice) { graph in
      for (name, value) in [("axis", axis), ("number", number), ("zero", 0)] {
        var array = Onnx_TensorProto()
        (array.name, array.dataType, array.int64Data) = (name, 7, [Int64(value)])
        graph.initializer.append(array)
      }
      var steps = [("Shape", [graph.input[0].name], "shape"), ("Gather", ["shape", "axis"], "side")]
      for (index, type) in types.enumerated() {
        steps.append((type, [steps[steps.count - 1].2, index == 0 ? "number" : "zero"], "condition \(index)"))
      }
      graph.node += steps.map { type, inputs, output in
        var node = Onnx_NodeProto()
        (node.opType, node.input, node.output) = (type, inputs, [output])
        return node
      }
      return steps[steps.count - 1].2
    }
    let added = ["Shape", "Gather"] + types
    let found = try ONNXGraph(bytes).nodes.map(\.type).filter { !added.contains($0) }
    let isTaken = isKnown || (axis == 1 && number == 4)
    #expect(found == whole.nodes.map(\.type).dropLast(isTaken ? 0 : 1) + [isTaken ? "Identity" : "If"])
  }

  @Test func branchesOfDifferentNodesMayGiveTheSameNames() throws {
    let whole = try ONNXGraph(contentsOf: ExportedNetwork(name: "unet-17").path)
    var model = try Onnx_ModelProto(
      serializedBytes: Self.branching(true) { graph in
        graph.initializer.append(Self.truth(true, named: "held"))
        return "held"
      })
    let first = model.graph.node.count - 1
    let output = model.graph.node[first].output
    model.graph.node[first].output = ["first"]
    var second = model.graph.node[first]
    (second.name, second.output) = ("second", output)
    for index in second.attribute.indices {
      var node = Onnx_NodeProto()
      (node.opType, node.input, node.output) = ("Relu", ["first"], ["inner"])
      second.attribute[index].g.node = [node]
    }
    model.graph.node.append(second)
    let graph = try ONNXGraph(model.serializedBytes())
    #expect(graph.nodes.map(\.type) == whole.nodes.map(\.type) + ["Identity", "Relu", "Identity"])
    #expect(Set(graph.nodes.flatMap(\.outputs)).count == graph.nodes.count)
  }

  @Test func aConditionOfThePictureIsRefusedWithAWayOut() throws {
    let fault = try ImportTests.fault(of: Self.branching(true) { $0.input[0].name })
    #expect(fault.items == ["If (node choice)"])
    #expect(fault.reason.contains("export it for pictures of one size, or let 'onnxsim'"), "\(fault)")
    // Its branches take the picture, even if its condition has nothing to do with it.
    let unknown = try ImportTests.fault(
      of: Self.branching(true) { graph in
        graph.initializer.append(Self.truth(true, named: "held"))
        var node = Onnx_NodeProto()
        (node.opType, node.input, node.output) = ("Xor", ["held", "held"], ["condition"])
        graph.node.append(node)
        return "condition"
      })
    #expect(unknown.items.contains("If (node choice)"), "\(unknown)")
  }
}
