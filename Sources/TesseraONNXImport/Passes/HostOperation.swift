import Foundation

/// Operations on small arrays that say how to compute, by ONNX's names.
enum HostOperation {
  typealias Body = @Sendable (_ call: NodeCall, _ inputs: [HostArray]) throws(NodeFault) -> [HostArray]

  /// The inputs of operations on feature maps that say how to compute.
  static let hostInputs: [String: Set<Int>] = [
    "Reshape": [1], "Expand": [1], "Tile": [1], "ConstantOfShape": [0], "Range": [0, 1, 2], "Resize": [1, 2, 3],
    "Upsample": [1], "Slice": [1, 2, 3, 4], "Gather": [1], "Squeeze": [1], "Unsqueeze": [1], "Split": [1],
    "Pad": [1, 2, 3], "Clip": [1, 2], "Dropout": [1, 2], "ReduceMean": [1], "ReduceSum": [1],
    "ReduceMax": [1], "ReduceMin": [1], "ReduceL1": [1], "ReduceL2": [1], "ReduceSumSquare": [1], "ReduceProd": [1],
    "ReduceLogSumExp": [1],
  ]

  static let table: [String: Body] = arithmetic.merging(layout) { first, _ in first }

  private static let arithmetic: [String: Body] = [
    "Add": pairs(+), "Sub": pairs(-), "Mul": pairs(*),
    "Div": pairs { $1 == 0 ? .nan : $0 / $1 },
    "Mod": { call, inputs throws(NodeFault) in
      let isRemainder = try call.integer("fmod", or: 0) == 1
      return try pairs { a, b in
        let rest = b == 0 ? .nan : fmod(a, b)
        return isRemainder || rest == 0 || (rest < 0) == (b < 0) ? rest : rest + b
      }(call, inputs)
    },
    "Pow": pairs(pow), "Min": folded(min), "Max": folded(max), "Sum": folded(+),
    "Equal": tests { $0 == $1 }, "Greater": tests { $0 > $1 }, "GreaterOrEqual": tests { $0 >= $1 },
    "Less": tests { $0 < $1 }, "LessOrEqual": tests { $0 <= $1 },
    "And": tests { $0 != 0 && $1 != 0 }, "Or": tests { $0 != 0 || $1 != 0 },
    "Not": each(asInteger: true) { $0 == 0 ? 1 : 0 },
    "Neg": each { -$0 }, "Abs": each { abs($0) }, "Floor": each { $0.rounded(.down) },
    "Ceil": each { $0.rounded(.up) }, "Round": each { $0.rounded(.toNearestOrEven) }, "Sqrt": each { $0.squareRoot() },
    "Exp": each(exp), "Log": each(log), "Sin": each(sin), "Cos": each(cos), "Reciprocal": each { 1 / $0 },
    "Identity": { _, inputs in [inputs[0]] },
    "Cast": { call, inputs throws(NodeFault) in [try cast(inputs[0], to: try call.integer("to", or: 1))] },
    "CastLike": { _, inputs in
      [inputs[1].isInteger && !inputs[0].isInteger ? truncated(inputs[0]) : retyped(inputs[0], inputs[1].isInteger)]
    },
    "Where": { _, inputs throws(NodeFault) in
      guard inputs.count == 3 else { throw NodeFault("it takes three inputs") }
      let shape = try broadcastShape(try broadcastShape(inputs[0].shape, inputs[1].shape), inputs[2].shape)
      let (test, a, b) = (
        try inputs[0].repeated(to: shape), try inputs[1].repeated(to: shape), try inputs[2].repeated(to: shape)
      )
      let values = test.values.indices.map { test.values[$0] != 0 ? a.values[$0] : b.values[$0] }
      return [HostArray(shape: shape, values: values, isInteger: a.isInteger)]
    },
    "ReduceProd": reduced(1, *), "ReduceSum": reduced(0, +), "ReduceMin": reduced(.infinity, min),
    "ReduceMax": reduced(-.infinity, max),
  ]

  private static let layout: [String: Body] = [
    "ConstantOfShape": { call, inputs throws(NodeFault) in
      let shape = inputs[0].integers
      var value = HostArray(shape: [1], values: [0], isInteger: false)
      if case .constant(let constant) = call.node.attributes["value"], let array = constant.hostArray, array.count == 1
      {
        value = array
      }
      return [
        HostArray(
          shape: shape, values: [value.values[0]], isInteger: value.isInteger,
          repeatedTo: try HostArray.count(of: shape))
      ]
    },
    "Range": { _, inputs throws(NodeFault) in
      guard inputs.count == 3, inputs.allSatisfy({ $0.count == 1 }), inputs[2].values[0] != 0 else {
        throw NodeFault("it takes a start, a limit, and a step other than 0")
      }
      let (start, limit, step) = (inputs[0].values[0], inputs[1].values[0], inputs[2].values[0])
      let steps = ((limit - start) / step).rounded(.up)
      guard steps.isFinite, steps < Double(HostArray.mostElements) else { throw NodeFault("its range is too long") }
      let values = (0..<max(0, Int(steps))).map { start + Double($0) * step }
      return [HostArray(shape: [values.count], values: values, isInteger: inputs[0].isInteger)]
    },
    "Concat": { call, inputs throws(NodeFault) in
      guard let first = inputs.first else { throw NodeFault("it has no inputs") }
      let axis = try call.axis(or: 0, rank: first.shape.count)
      var shape = first.shape
      shape[axis] = inputs.reduce(0) { $0 + ($1.shape.indices.contains(axis) ? $1.shape[axis] : 0) }
      var values: [Double] = []
      for block in 0..<shape[..<axis].reduce(1, *) {
        for input in inputs {
          var other = input.shape
          if other.indices.contains(axis) { other[axis] = shape[axis] }
          guard other == shape else { throw NodeFault("it joins arrays of shapes \(inputs.map(\.shape))") }
          let length = input.shape[axis...].reduce(1, *)
          values += input.values[block * length..<(block + 1) * length]
        }
      }
      return [HostArray(shape: shape, values: values, isInteger: first.isInteger)]
    },
    "Gather": { call, inputs throws(NodeFault) in
      guard inputs.count == 2 else { throw NodeFault("it takes an array and indices") }
      let axis = try call.axis(or: 0, rank: inputs[0].shape.count)
      let indices = try wrapped(inputs[1].integers, length: inputs[0].shape[axis])
      let shape = inputs[0].shape[..<axis] + inputs[1].shape + inputs[0].shape[(axis + 1)...]
      return [try inputs[0].selecting(indices, along: axis).reshaped(to: Array(shape))]
    },
    "Slice": { call, inputs throws(NodeFault) in
      var result = inputs[0]
      for step in try SliceStep.all(of: call, shape: result.shape) {
        result = result.selecting(step.indices, along: step.axis)
      }
      return [result]
    },
    "Split": { call, inputs throws(NodeFault) in
      let axis = try call.axis(or: 0, rank: inputs[0].shape.count)
      return try splitRanges(of: call, length: inputs[0].shape[axis]).map {
        inputs[0].selecting(Array($0), along: axis)
      }
    },
    "Reshape": { call, inputs throws(NodeFault) in [try inputs[0].reshaped(to: try reshapedShape(of: call))] },
    "Flatten": { call, inputs throws(NodeFault) in [try inputs[0].reshaped(to: try flattenedShape(of: call))] },
    "Squeeze": { call, inputs throws(NodeFault) in [try inputs[0].reshaped(to: try squeezedShape(of: call))] },
    "Unsqueeze": { call, inputs throws(NodeFault) in [try inputs[0].reshaped(to: try unsqueezedShape(of: call))] },
    "Transpose": { call, inputs throws(NodeFault) in
      [inputs[0].transposed(try permutation(of: call, rank: inputs[0].shape.count))]
    },
    "Expand": { _, inputs throws(NodeFault) in
      guard inputs.count == 2 else { throw NodeFault("it takes an array and a shape") }
      return [try inputs[0].repeated(to: try broadcastShape(inputs[0].shape, inputs[1].integers))]
    },
    "Tile": { _, inputs throws(NodeFault) in
      guard inputs.count == 2, inputs[1].count == inputs[0].shape.count else {
        throw NodeFault("it takes a factor for each axis")
      }
      var result = inputs[0]
      for (axis, factor) in inputs[1].integers.enumerated() {
        let (count, overflow) = factor.multipliedReportingOverflow(by: result.count)
        guard factor >= 0, !overflow, count <= HostArray.mostElements else {
          throw NodeFault("its result is too large")
        }
        let length = result.shape[axis]
        result = result.selecting((0..<factor * length).map { $0 % max(1, length) }, along: axis)
      }
      return [result]
    },
    "NonZero": { _, inputs in
      let shape = inputs[0].shape
      let found = inputs[0].values.indices.filter { inputs[0].values[$0] != 0 }
      var rows: [Double] = []
      for axis in shape.indices {
        let inner = shape[(axis + 1)...].reduce(1, *)
        rows += found.map { Double($0 / inner % shape[axis]) }
      }
      return [HostArray(shape: [shape.count, found.count], values: rows, isInteger: true)]
    },
  ]

  // MARK: Kinds of operations

  /// Element by element; quotients and powers of integers are cut to integers, and floats rounded to 32 bits.
  private static func combined(
    _ a: HostArray, _ b: HostArray, _ body: (Double, Double) -> Double
  ) throws(NodeFault) -> HostArray {
    let shape = try broadcastShape(a.shape, b.shape)
    let (left, right) = (try a.repeated(to: shape), try b.repeated(to: shape))
    let isInteger = a.isInteger && b.isInteger
    return HostArray(
      shape: shape, values: zip(left.values, right.values).map { rounded(body($0, $1), isInteger) },
      isInteger: isInteger)
  }

  private static func rounded(_ value: Double, _ isInteger: Bool) -> Double {
    isInteger ? value.rounded(.towardZero) : Double(Float(value))
  }

  private static func pairs(_ body: @escaping @Sendable (Double, Double) -> Double) -> Body {
    { _, inputs throws(NodeFault) in
      guard inputs.count == 2 else { throw NodeFault("it takes two inputs") }
      return [try combined(inputs[0], inputs[1], body)]
    }
  }

  private static func folded(_ body: @escaping @Sendable (Double, Double) -> Double) -> Body {
    { _, inputs throws(NodeFault) in
      guard var result = inputs.first else { throw NodeFault("it has no inputs") }
      for input in inputs.dropFirst() { result = try combined(result, input, body) }
      return [result]
    }
  }

  private static func tests(_ body: @escaping @Sendable (Double, Double) -> Bool) -> Body {
    { _, inputs throws(NodeFault) in
      guard inputs.count == 2 else { throw NodeFault("it takes two inputs") }
      return [retyped(try combined(inputs[0], inputs[1]) { body($0, $1) ? 1 : 0 }, true)]
    }
  }

  private static func each(
    asInteger: Bool = false, _ body: @escaping @Sendable (Double) -> Double
  ) -> Body {
    { _, inputs in
      let isInteger = inputs[0].isInteger || asInteger
      let values = inputs[0].values.map { rounded(body($0), isInteger) }
      return [HostArray(shape: inputs[0].shape, values: values, isInteger: isInteger)]
    }
  }

  private static func reduced(_ start: Double, _ body: @escaping @Sendable (Double, Double) -> Double) -> Body {
    { call, inputs throws(NodeFault) in
      let input = inputs[0]
      let axes = Set(try call.axes(input: 1, rank: input.shape.count) ?? Array(input.shape.indices))
      let kept = input.shape.indices.filter { !axes.contains($0) }
      let moved = input.transposed(kept + axes.sorted())
      let outer = kept.reduce(1) { $0 * input.shape[$1] }
      let inner = input.count / max(1, outer)
      let values = (0..<outer).map { moved.values[$0 * inner..<($0 + 1) * inner].reduce(start, body) }
      let keeps = try call.integer("keepdims", or: 1) == 1
      let shape =
        keeps ? input.shape.indices.map { axes.contains($0) ? 1 : input.shape[$0] } : kept.map { input.shape[$0] }
      return [HostArray(shape: shape, values: values, isInteger: input.isInteger)]
    }
  }

  private static func retyped(_ array: HostArray, _ isInteger: Bool) -> HostArray {
    HostArray(shape: array.shape, values: array.values, isInteger: isInteger)
  }

  private static func truncated(_ array: HostArray) -> HostArray {
    HostArray(shape: array.shape, values: array.values.map { $0.rounded(.towardZero) }, isInteger: true)
  }

  /// - Parameter type: ONNX's number of the type.
  private static func cast(_ array: HostArray, to type: Int) throws(NodeFault) -> HostArray {
    guard let isFloating = ONNXConstant.isFloating(Int32(clamping: type)) else {
      throw NodeFault("it makes elements of type \(type), which are no numbers")
    }
    if isFloating { return retyped(array, false) }
    let isTruth = type == 9
    return isTruth
      ? HostArray(shape: array.shape, values: array.values.map { $0 == 0 ? 0 : 1 }, isInteger: true) : truncated(array)
  }
}

extension HostArray {
  /// One number, `count` times.
  fileprivate init(shape: [Int], values: [Double], isInteger: Bool, repeatedTo count: Int) {
    self.init(shape: shape, values: [Double](repeating: values[0], count: count), isInteger: isInteger)
  }
}
