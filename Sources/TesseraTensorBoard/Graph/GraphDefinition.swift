import Foundation
import TesseraLayers
import TesseraTensors

extension Tensorboard_GraphDef {
  /// A network as TensorBoard's GRAPHS tab draws it: its operations, with their parameters.
  package init(_ graph: NetworkGraph) {
    self.init()
    let scopes = GraphScopes(of: graph)
    // TensorFlow's name for the operation that stands for the input of a pass.
    node = [Self.leaf("pictures", "Placeholder", graph.inputShape)]
    var known: Set<String> = []
    for (index, operation) in graph.nodes.enumerated() {
      var inputs: [String] = []
      for (number, source) in operation.inputs.enumerated() {
        switch source {
        case .input: inputs.append("pictures")
        case .node(let source): inputs.append(scopes.names[source])
        case .parameter(let path, let value):
          let name = path.replacing(".", with: "/")
          if known.insert(name).inserted { node.append(Self.leaf(name, "Parameter", value.shape)) }
          inputs.append(name)
        case .constant(let value):
          let name = "\(scopes.names[index])_constant\(number)"
          node.append(Self.leaf(name, "Const", value.shape))
          inputs.append(name)
        }
      }
      node.append(Self.node(operation, name: scopes.names[index], inputs: inputs))
    }
    versions.producer = 22
  }

  private static func leaf(_ name: String, _ kind: String, _ shape: Shape) -> Tensorboard_NodeDef {
    var node = Tensorboard_NodeDef()
    node.name = name
    node.op = kind
    node.attr["_output_shapes"] = outputShape(shape)
    return node
  }

  private static func node(_ operation: NetworkGraph.Node, name: String, inputs: [String]) -> Tensorboard_NodeDef {
    var node = leaf(name, operation.kind.shortName, operation.shape)
    node.input = inputs
    for (name, text) in operation.kind.attributes { node.attr[name] = attribute { $0.s = Data(text.utf8) } }
    if operation.multiplyAdds > 0 { node.attr["multiplyAdds"] = attribute { $0.i = Int64(operation.multiplyAdds) } }
    if operation.parameterCount > 0 { node.attr["parameters"] = attribute { $0.i = Int64(operation.parameterCount) } }
    return node
  }

  /// The lengths shown next to an edge.
  private static func outputShape(_ shape: Shape) -> Tensorboard_AttrValue {
    attribute { $0.list.shape = [Tensorboard_TensorShapeProto(shape.dimensions)] }
  }

  private static func attribute(_ set: (inout Tensorboard_AttrValue) -> Void) -> Tensorboard_AttrValue {
    var value = Tensorboard_AttrValue()
    set(&value)
    return value
  }
}
