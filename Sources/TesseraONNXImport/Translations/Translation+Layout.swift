import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  /// Operations that move numbers, or only say where they are.
  static let layout: [String: Body] = [
    "Shape": { call throws(NodeFault) in
      let shape = call.input(0)?.shape ?? []
      func bound(_ name: String, _ standard: Int) throws(NodeFault) -> Int {
        let value = try call.integer(name, or: standard)
        return min(max(0, value < 0 ? max(value, -shape.count) + shape.count : value), shape.count)
      }
      let (start, end) = (try bound("start", 0), try bound("end", shape.count))
      return [.host(HostArray(Array(shape[start..<max(start, end)])))]
    },
    "Size": { call in
      let count = (call.input(0)?.shape ?? []).reduce(1, *)
      return [.host(HostArray(shape: [], values: [Double(count)], isInteger: true))]
    },
    "Transpose": { call throws(NodeFault) in
      let input = try call.variable(0)
      return [.variable(input.transposed(try permutation(of: call, rank: input.rank)))]
    },
    "Reshape": { call throws(NodeFault) in [.variable(try call.variable(0).reshaped(to: try reshapedShape(of: call)))]
    },
    "Flatten": { call throws(NodeFault) in [.variable(try call.variable(0).reshaped(to: try flattenedShape(of: call)))]
    },
    "Squeeze": { call throws(NodeFault) in [.variable(try call.variable(0).reshaped(to: try squeezedShape(of: call)))]
    },
    "Unsqueeze": { call throws(NodeFault) in
      [.variable(try call.variable(0).reshaped(to: try unsqueezedShape(of: call)))]
    },
    "Concat": { call throws(NodeFault) in
      var parts: [ArrangedVariable] = []
      for (index, input) in call.inputs.enumerated() where !(input?.shape.contains(0) ?? false) {
        parts.append(try call.variable(index))
      }
      guard let leader = parts.first(where: { !$0.isConstant }) ?? parts.first else {
        throw NodeFault("it has no inputs")
      }
      let axis = try call.axis(or: 0, rank: leader.rank)
      let shapes = parts.map(\.shape)
      let rest = { (shape: [Int]) in shape.enumerated().filter { $0.offset != axis }.map(\.element) }
      guard shapes.allSatisfy({ $0.count == leader.rank && rest($0) == rest(leader.shape) }) else {
        throw NodeFault("it joins feature maps of shapes \(shapes.map { "\($0)" }.joined(separator: ", "))")
      }
      let joined =
        parts.count == 1
        ? leader.variable
        : concatenate(parts.map { $0.arranged(leader.order) }, along: leader.place(of: axis))
      let isConstant = parts.allSatisfy(\.isConstant)
      return [.variable(ArrangedVariable(joined, order: leader.order, isConstant: isConstant))]
    },
    "Split": { call throws(NodeFault) in
      let input = try call.variable(0)
      let axis = try call.axis(or: 0, rank: input.rank)
      return try splitRanges(of: call, length: input.shape[axis]).map {
        .variable(input.with(input.variable.sliced($0, along: input.place(of: axis))))
      }
    },
    "Slice": { call throws(NodeFault) in
      var result = try call.variable(0)
      for step in try SliceStep.all(of: call, shape: result.shape) {
        guard !step.indices.isEmpty else { throw NodeFault("nothing is left of \(result.shape)") }
        result = picking(step.indices, of: result, along: step.axis)
      }
      return [.variable(result)]
    },
    "Gather": { call throws(NodeFault) in
      let (input, indices) = (try call.variable(0), try call.host(1))
      let axis = try call.axis(or: 0, rank: input.rank)
      let places = try wrapped(indices.integers, length: input.shape[axis])
      guard !places.isEmpty else { throw NodeFault("it takes nothing") }
      let picked = picking(places, of: input, along: axis)
      if indices.shape.count == 1 { return [.variable(picked)] }
      let shape = input.shape[..<axis] + indices.shape + input.shape[(axis + 1)...]
      return [.variable(try picked.reshaped(to: Array(shape)))]
    },
    "Expand": { call throws(NodeFault) in
      let input = try call.variable(0)
      let shape = try broadcastShape(input.shape, try call.host(1).integers)
      if shape == input.shape { return [.variable(input)] }
      guard let target = Shape(fromFile: shape), target.elementCount <= mostRepeated(input) else {
        throw NodeFault("its result of shape \(shape) is too large")
      }
      let raised = try input.reshaped(to: [Int](repeating: 1, count: shape.count - input.rank) + input.shape)
      return [.variable(raised.with(raised.variable.repeated(to: Shape(raised.order.map { shape[$0] }))))]
    },
    "Tile": { call throws(NodeFault) in
      var result = try call.variable(0)
      let factors = try call.host(1).integers
      guard factors.count == result.rank, factors.allSatisfy({ $0 > 0 }),
        Shape(fromFile: zip(factors, result.shape).map { $0.multipliedReportingOverflow(by: $1) }.map { $1 ? -1 : $0 })
          .map({ $0.elementCount <= mostRepeated(result) }) ?? false
      else { throw NodeFault("it repeats \(result.shape) by \(factors)") }
      for (axis, factor) in factors.enumerated() where factor > 1 {
        let length = result.shape[axis]
        result = picking((0..<factor * length).map { $0 % length }, of: result, along: axis)
      }
      return [.variable(result)]
    },
    "Pad": pad,
    "DepthToSpace": { call throws(NodeFault) in
      let input = try call.variable(0)
      let (shape, size) = (input.shape, try call.integer("blocksize", or: 0))
      guard shape.count == 4, (1...1 << 16).contains(size), shape[1] % (size * size) == 0 else {
        throw NodeFault("blocks of \(size) x \(size) do not fit \(shape)")
      }
      let channels = shape[1] / (size * size)
      let isColumnFirst = try call.text("mode", or: "DCR") == "CRD"
      let cut =
        isColumnFirst
        ? [shape[0], channels, size, size, shape[2], shape[3]] : [shape[0], size, size, channels, shape[2], shape[3]]
      let moved = try input.reshaped(to: cut).transposed(isColumnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2])
      return [.variable(try moved.reshaped(to: [shape[0], channels, shape[2] * size, shape[3] * size]))]
    },
    "SpaceToDepth": { call throws(NodeFault) in
      let input = try call.variable(0)
      let (shape, size) = (input.shape, try call.integer("blocksize", or: 0))
      guard shape.count == 4, (1...1 << 16).contains(size), shape[2] % size == 0, shape[3] % size == 0 else {
        throw NodeFault("blocks of \(size) x \(size) do not fit \(shape)")
      }
      let (height, width) = (shape[2] / size, shape[3] / size)
      let isColumnFirst = try call.text("mode", or: "DCR") == "CRD"
      let moved = try input.reshaped(to: [shape[0], shape[1], height, size, width, size])
        .transposed(isColumnFirst ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4])
      return [.variable(try moved.reshaped(to: [shape[0], shape[1] * size * size, height, width]))]
    },
  ]

  /// As many elements as repeating a feature map may give: what networks do, and no more than memory for it.
  private static func mostRepeated(_ input: ArrangedVariable) -> Int {
    max(1 << 24, min(input.variable.shape.elementCount, 1 << 40) * (1 << 16))
  }

  /// The places of an axis in this order.
  static func picking(_ places: [Int], of input: ArrangedVariable, along axis: Int) -> ArrangedVariable {
    let (place, length) = (input.place(of: axis), input.shape[axis])
    let range = places[0]..<places[0] + places.count
    if places == Array(range) {
      return range == 0..<length ? input : input.with(input.variable.sliced(range, along: place))
    }
    return input.with(AxisMap(axis: place, length: length, picking: places.map { $0 })(input.variable))
  }

  private static func pad(_ call: NodeCall) throws(NodeFault) -> [PassValue] {
    let input = try call.variable(0)
    let mode = try call.text("mode", or: "constant")
    // Up to version 10, attributes say what later inputs say.
    guard let given = try call.integers("pads", orInput: 1) else { throw NodeFault("it has no pads") }
    let value = try call.float("value", orInput: 2, or: 0)
    let axes = try call.axes(attribute: "", input: 3, rank: input.rank) ?? Array(0..<input.rank)
    guard given.count == 2 * axes.count, given.allSatisfy({ abs($0.clamped) <= 1 << 16 }) else {
      throw NodeFault("its pads are \(given) for \(input.shape)")
    }
    var lengths = input.shape
    for (index, axis) in axes.enumerated() { lengths[axis] += max(0, given[index]) + max(0, given[index + axes.count]) }
    try requireRoom(for: lengths)
    var (result, isInside) = (input.variable, [Tensor]())
    for (index, axis) in axes.enumerated() where given[index] != 0 || given[index + axes.count] != 0 {
      let (length, place) = (input.shape[axis], input.place(of: axis))
      let positions = -given[index]..<max(-given[index], length + given[index + axes.count])
      guard !positions.isEmpty else { throw NodeFault("nothing is left of \(input.shape)") }
      let sources = try positions.map { position throws(NodeFault) in
        try source(of: position, length: length, mode: mode)
      }
      result = AxisMap(axis: place, length: length, picking: sources)(result)
      if mode == "constant" && value != 0 {
        var lengths = [Int](repeating: 1, count: input.rank)
        lengths[place] = sources.count
        isInside.append(Tensor(sources.map { $0 == nil ? 0 : 1 }, shape: Shape(lengths)))
      }
    }
    if let first = isInside.first {
      let inside = isInside.dropFirst().reduce(first, *)
      result = result + Variable(inside.mapped { $0 == 1 ? 0 : value })
    }
    return [.variable(input.with(result))]
  }

  /// The place that a place around an axis is filled from; `nil` for a constant.
  private static func source(of position: Int, length: Int, mode: String) throws(NodeFault) -> Int? {
    switch mode {
    case "constant": return (0..<length).contains(position) ? position : nil
    case "edge": return min(max(position, 0), length - 1)
    case "wrap": return (position % length + length) % length
    case "reflect":
      guard length > 1 || position == 0 else { throw NodeFault("a length of 1 cannot be mirrored") }
      let period = max(1, 2 * (length - 1))
      let place = (position % period + period) % period
      return place < length ? place : period - place
    default: throw NodeFault("its mode is \(mode)")
    }
  }
}

extension Int {
  /// A number whose absolute value exists.
  fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}

extension Tensor {
  fileprivate func mapped(_ body: (Float) -> Float) -> Tensor { Tensor(scalars.map(body), shape: shape) }
}
