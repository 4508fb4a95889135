import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// A convolution, transposed convolution or matrix product with constant weights, and what has become part of it.
struct PlannedConvolution {
  let input: NetworkGraph.Source
  /// Added before the activation.
  private(set) var addend: NetworkGraph.Source?
  private(set) var activation: Activation
  private var filter: Tensor
  private var bias: Tensor?
  private let geometry: WindowGeometry
  private let groups: Int
  private let isTransposed: Bool
  /// `[batch, height, width, channels]` of the input and the result, which are other shapes of the operands.
  private let inputShape: Shape
  private let outputShape: Shape
  private let shape: Shape

  /// `nil` if `node` is something else or its weights are not constant.
  init?(_ node: NetworkGraph.Node, in graph: NetworkGraph, constant: (NetworkGraph.Source) -> Tensor?) {
    guard node.inputs.count > 1, let filter = constant(node.inputs[1]), node.shape.elementCount > 0 else { return nil }
    let bias = node.inputs.count > 2 ? constant(node.inputs[2]) : nil
    guard node.inputs.count == 2 || bias != nil else { return nil }
    input = node.inputs[0]
    shape = node.shape
    self.bias = bias
    let inputShape = graph.shape(of: input)
    switch node.kind {
    case .convolution(let geometry, _, let groups, let activation):
      (self.geometry, self.groups, isTransposed, self.activation) = (geometry, groups, false, activation)
      (self.filter, self.inputShape, outputShape) = (filter, inputShape, shape)
    case .transposedConvolution(let geometry, _, let groups, let activation):
      (self.geometry, self.groups, isTransposed, self.activation) = (geometry, groups, true, activation)
      (self.filter, self.inputShape, outputShape) = (filter, inputShape, shape)
    case .named("matrixProduct"):
      let rows = inputShape.elementCount / inputShape[-1]
      (geometry, groups, isTransposed, activation) = (.single(of: rows), 1, false, .identity)
      self.filter = filter.reshaped(to: [1, 1, filter.shape[0], filter.shape[1]])
      (self.inputShape, outputShape) = ([1, rows, 1, inputShape[-1]], [1, rows, 1, filter.shape[1]])
    default: return nil
    }
  }

  /// The same with a batch normalization by constant `vectors`: scale, offset, mean and variance.
  func normalized(by vectors: [Tensor], epsilon: Float) -> PlannedConvolution? {
    guard addend == nil && activation == .identity else { return nil }
    let factors = Convolution.normalizingFactors(scale: vectors[0], variance: vectors[3], epsilon: epsilon)
    var result = self
    result.filter = Convolution.scaled(filter, by: factors, groups: groups, isTransposed: isTransposed)
    result.bias = Convolution.normalized(bias: bias, mean: vectors[2], offset: vectors[1], factors: factors)
    return result
  }

  /// The same with a sum, of a constant for each channel or of something of the result's shape.
  func adding(_ other: NetworkGraph.Source, shape otherShape: Shape, constant: Tensor?) -> PlannedConvolution? {
    guard addend == nil && activation == .identity else { return nil }
    var result = self
    if let constant, constant.shape == [shape[-1]], bias == nil {
      result.bias = constant
    } else if otherShape == shape {
      result.addend = other
    } else {
      return nil
    }
    return result
  }

  /// The same, then `activation`.
  func followed(by activation: Activation) -> PlannedConvolution {
    var result = self
    result.activation = activation
    return result
  }

  private var prepared: PreparedConvolution {
    PreparedConvolution(
      filter: filter, bias: bias, geometry: geometry, batch: inputShape[0], groups: groups, activation: activation,
      isTransposed: isTransposed)
  }

  /// The step of a plan, whose operands are the input and what is added.
  var body: PlannedStep.Body {
    let (prepared, inputShape, outputShape, shape) = (prepared, inputShape, outputShape, shape)
    return { operands, values in
      let input = values.take(operands[0]).reshaped(to: inputShape)
      let addend = operands.count > 1 ? values.take(operands[1]).reshaped(to: outputShape) : nil
      return prepared(input, adding: addend).reshaped(to: shape)
    }
  }

  /// The value for a constant input; nothing is added yet.
  func computed(on input: Tensor) -> Tensor { prepared(input.reshaped(to: inputShape)).reshaped(to: shape) }
}
