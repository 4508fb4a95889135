import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  static let products: [String: Body] = [
    "MatMul": { call throws(NodeFault) in [.variable(try product(try call.variable(0), try call.variable(1)))] },
    "Gemm": { call throws(NodeFault) in
      var (left, right) = (try call.variable(0), try call.variable(1))
      guard left.rank == 2, right.rank == 2 else {
        throw NodeFault("it takes matrices; got \(left.shape), \(right.shape)")
      }
      if try call.integer("transA", or: 0) != 0 { left = left.transposed([1, 0]) }
      if try call.integer("transB", or: 0) != 0 { right = right.transposed([1, 0]) }
      let (alpha, beta) = (try call.float("alpha", or: 1), try call.float("beta", or: 1))
      var result = try product(left, right)
      if alpha != 1 { result = result.with(result.variable * alpha) }
      guard let addend = try call.variableIfPresent(2), beta != 0 else { return [.variable(result)] }
      let scaled = beta == 1 ? addend : addend.with(addend.variable * beta)
      let aligned = try AlignedVariables([result, scaled])
      return [.variable(aligned.result(aligned.variables[0] + aligned.variables[1]))]
    },
  ]

  /// NumPy's `matmul`.
  private static func product(
    _ left: ArrangedVariable, _ right: ArrangedVariable
  ) throws(NodeFault) -> ArrangedVariable {
    let (a, b) = (left.shape, right.shape)
    guard let inner = a.last, !b.isEmpty, inner == (b.count == 1 ? b[0] : b[b.count - 2]), inner > 0 else {
      throw NodeFault("no product of \(a) and \(b)")
    }
    try requireRoom(for: [a.dropLast().reduce(1, *), b.dropLast(2).reduce(1, *), b.last ?? 1])
    let isConstant = left.isConstant && right.isConstant
    func value(_ variable: Variable) -> ArrangedVariable { ArrangedVariable(variable, isConstant: isConstant) }
    if a.count == 1 || b.count == 1 {
      // A vector is a matrix of one row or column.
      let rows = a.count == 1 ? try left.reshaped(to: [1, inner]) : left
      let columns = b.count == 1 ? try right.reshaped(to: [inner, 1]) : right
      let shape = (a.count == 1 ? Array(b.dropLast(2)) : Array(a.dropLast())) + (b.count == 1 ? [] : [b[b.count - 1]])
      return try product(rows, columns).reshaped(to: shape)
    }
    if b.count == 2 { return value(left.natural.matrixProduct(right.natural)) }
    let batch = try broadcastShape(Array(a.dropLast(2)), Array(b.dropLast(2)))
    let count = batch.reduce(1, *)
    // Matrices that lie transposed are multiplied as they lie.
    let isTransposed = right.order == Array(0..<b.count - 2) + [b.count - 1, b.count - 2]
    let columns = isTransposed ? right.variable : right.natural
    func stacked(_ variable: Variable, _ shape: [Int]) throws(NodeFault) -> Variable {
      let matrix = Array(variable.shape.dimensions.suffix(2))
      let own = shape.dropLast(2).reduce(1, *)
      guard own != 1 && own != count else { return variable.reshaped(to: Shape([own] + matrix)) }
      let raised = [Int](repeating: 1, count: batch.count - shape.count + 2) + variable.shape.dimensions
      return variable.reshaped(to: Shape(raised)).repeated(to: Shape(batch + matrix))
        .reshaped(to: Shape([count] + matrix))
    }
    let result = BatchedProduct(isRightTransposed: isTransposed)(
      try stacked(left.natural, a), try stacked(columns, b))
    return value(result.reshaped(to: Shape(batch + [a[a.count - 2], b[b.count - 1]])))
  }
}
