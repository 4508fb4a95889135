extension GraphBuilder {
  /// The length of an axis.
  enum Length {
    case fixed(Int)
    /// Any length, under a name.
    case open(String)
  }

  /// An input or output of a graph.
  struct Value {
    let name: String
    let type: Onnx_TensorProto.DataType
    let lengths: [Length]
    let description: String

    init(_ name: String, _ type: Onnx_TensorProto.DataType, _ lengths: [Length], _ description: String = "") {
      self.name = name
      self.type = type
      self.lengths = lengths
      self.description = description
    }

    var message: Onnx_ValueInfoProto {
      var message = Onnx_ValueInfoProto()
      message.name = name
      if !description.isEmpty { message.docString = description }
      message.type.tensorType.elemType = Int32(type.rawValue)
      message.type.tensorType.shape.dim = lengths.map { length in
        var dimension = Onnx_TensorShapeProto.Dimension()
        switch length {
        case .fixed(let count): dimension.dimValue = Int64(count)
        case .open(let name): dimension.dimParam = name
        }
        return dimension
      }
      return message
    }
  }

  /// The graph with its name, inputs and outputs.
  func finished(name: String, input: Value, output: Value) -> Onnx_GraphProto {
    var graph = graph
    graph.name = name
    graph.input = [input.message]
    graph.output = [output.message]
    return graph
  }
}
