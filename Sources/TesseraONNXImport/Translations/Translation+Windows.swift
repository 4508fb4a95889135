import TesseraAutograd
import TesseraKernels
import TesseraTensors

extension Translation {
  static let windows: [String: Body] = [
    "Conv": convolution, "ConvTranspose": transposedConvolution, "MaxPool": maximumPool, "AveragePool": meanPool,
    "GlobalAveragePool": { call throws(NodeFault) in
      [picture(globalAveragePool(try call.picture(0), keepingAxes: true))]
    },
    "GlobalMaxPool": { call throws(NodeFault) in
      let input = try call.picture(0)
      return [picture(maxPool(input, window: input.shape.extent))]
    },
  ]

  /// A variable `[batch, height, width, channels]` as a value.
  static func picture(_ variable: Variable) -> PassValue {
    .variable(ArrangedVariable(variable, order: ArrangedVariable.picture, isConstant: false))
  }

  /// The input, the filter and the number of groups of a convolution.
  private static func convolutionOperands(of call: NodeCall) throws(NodeFault) -> (Variable, ArrangedVariable, Int) {
    let (input, weight) = (try call.picture(0), try call.variable(1))
    guard weight.rank == 4 else {
      throw NodeFault("its filter is \(weight.shape); only two-dimensional ones are known")
    }
    if let window = try call.integers("kernel_shape"), window != Array(weight.shape.suffix(2)) {
      throw NodeFault("its kernel_shape is \(window), but its filter is \(weight.shape)")
    }
    return (input, weight, try call.integer("group", or: 1))
  }

  private static func convolution(_ call: NodeCall) throws(NodeFault) -> [PassValue] {
    let (input, weight, groups) = try convolutionOperands(of: call)
    let shape = weight.shape
    guard groups > 0, shape[0] % groups == 0, shape[1] * groups == input.shape[3], shape[0] > 0 else {
      throw NodeFault("a filter \(shape) in \(groups) groups does not fit \(input.shape[3]) channels")
    }
    let windows = try Windows(call, input: input.shape.extent, window: [shape[2], shape[3]])
    try requireRoom(for: [input.shape[0], windows.padded[0], windows.padded[1], max(shape[0], input.shape[3])])
    return [
      picture(
        conv2D(
          input, filter: weight.arranged([2, 3, 1, 0]), bias: try bias(of: call, outputs: shape[0]),
          stride: windows.stride, padding: windows.padding, dilation: windows.dilation, groups: groups))
    ]
  }

  private static func transposedConvolution(_ call: NodeCall) throws(NodeFault) -> [PassValue] {
    let (input, weight, groups) = try convolutionOperands(of: call)
    let shape = weight.shape
    guard groups > 0, shape[0] == input.shape[3], shape[0] % groups == 0, shape[1] > 0 else {
      throw NodeFault("a filter \(shape) in \(groups) groups does not fit \(input.shape[3]) channels")
    }
    let window = [shape[2], shape[3]]
    let (strides, dilations) = (try Windows.pair("strides", of: call), try Windows.pair("dilations", of: call))
    let extra = try Windows.pair("output_padding", of: call, or: 0)
    let sizes = [input.shape[1], input.shape[2]]
    let reach = [0, 1].map { (window[$0] - 1) * dilations[$0] + 1 }
    let full = [0, 1].map { (sizes[$0] - 1) * strides[$0] + reach[$0] + extra[$0] }
    var pads = try Windows.pads(of: call)
    let automatic = try call.text("auto_pad", or: "NOTSET")
    let wanted =
      try call.integers("output_shape").map { Array($0.suffix(2)) }
      ?? (automatic.hasPrefix("SAME") ? [0, 1].map { sizes[$0] * strides[$0] } : nil)
    if let wanted {
      guard wanted.count == 2 else { throw NodeFault("its output_shape has no height and width") }
      // What is missing is added at the end.
      let totals = [0, 1].map { full[$0] - wanted[$0] }
      let starts = totals.map { $0 < 0 ? 0 : automatic == "SAME_UPPER" ? $0 / 2 : $0 - $0 / 2 }
      pads = starts + [0, 1].map { totals[$0] - starts[$0] }
    }
    try requireRoom(for: [input.shape[0], max(1, full[0]), max(1, full[1]), shape[1] * groups])
    let ends = [0, 1].map { pads[$0 + 2] - extra[$0] }
    guard [0, 1].allSatisfy({ pads[$0] < full[$0] && full[$0] - extra[$0] > pads[$0] + ends[$0] }) else {
      throw NodeFault("its pads \(pads) leave nothing of a result of \(full[0]) x \(full[1])")
    }
    return [
      picture(
        transposedConv2D(
          input, filter: weight.arranged([2, 3, 1, 0]), bias: try bias(of: call, outputs: shape[1] * groups),
          stride: Extent(height: strides[0], width: strides[1]),
          cropping: .explicit(top: pads[0], bottom: ends[0], left: pads[1], right: ends[1]),
          dilation: Extent(height: dilations[0], width: dilations[1]), groups: groups))
    ]
  }

  /// The third input, `[outputs]`.
  private static func bias(of call: NodeCall, outputs: Int) throws(NodeFault) -> Variable? {
    guard let bias = try call.variableIfPresent(2) else { return nil }
    guard bias.shape == [outputs] else { throw NodeFault("its bias is \(bias.shape), but it has \(outputs) outputs") }
    return bias.variable
  }

  private static func maximumPool(_ call: NodeCall) throws(NodeFault) -> [PassValue] {
    let input = try call.picture(0)
    guard call.node.outputs.dropFirst().allSatisfy(\.isEmpty) else { throw NodeFault("its indices are not computed") }
    let windows = try Windows(pooling: call, input: input.shape.extent)
    return [picture(maxPool(input, window: windows.window, stride: windows.stride, padding: windows.padding))]
  }

  private static func meanPool(_ call: NodeCall) throws(NodeFault) -> [PassValue] {
    var input = try call.picture(0)
    var windows = try Windows(pooling: call, input: input.shape.extent)
    if try call.integer("count_include_pad", or: 0) == 1 {
      // Zeros that count are part of the picture.
      let pads = windows.counted
      try requireRoom(for: [input.shape[0], windows.padded[0], windows.padded[1], input.shape[3]])
      input = padded(input, before: [0, pads[0], pads[1], 0], after: [0, pads[2], pads[3], 0])
      windows.takeInPads()
    }
    return [picture(averagePool(input, window: windows.window, stride: windows.stride, padding: windows.padding))]
  }

  /// Zeros around a variable, or less of it where numbers are negative.
  static func padded(_ variable: Variable, before: [Int], after: [Int]) -> Variable {
    var result = variable
    for axis in before.indices where before[axis] != 0 || after[axis] != 0 {
      let length = result.shape[axis]
      let places = (-before[axis]..<length + after[axis]).map { (0..<length).contains($0) ? Optional($0) : nil }
      result = AxisMap(axis: axis, length: length, picking: places)(result)
    }
    return result
  }
}

/// The windows of a node, as its attributes say.
private struct Windows {
  let window: Extent
  let stride: Extent
  let dilation: Extent
  private(set) var padding: Padding
  /// The zeros around the picture that its attributes name: top, left, bottom, right.
  let counted: [Int]
  /// Height and width of the picture with those.
  let padded: [Int]
  /// What windows reach beyond those: bottom and right.
  private let beyond: [Int]

  /// Those of a convolution.
  init(_ call: NodeCall, input: Extent, window: [Int]) throws(NodeFault) {
    try self.init(call, input: input, window: window, canExceed: false)
  }

  /// Those of a pooling.
  init(pooling call: NodeCall, input: Extent) throws(NodeFault) {
    guard let window = try call.integers("kernel_shape"), window.count == 2 else {
      throw NodeFault("it has no window of two lengths")
    }
    try self.init(call, input: input, window: window, canExceed: try call.integer("ceil_mode", or: 0) == 1)
    guard dilation == 1 else { throw NodeFault("pooling with dilation is not known") }
    let pads = counted + beyond
    guard pads[0] < window[0], pads[1] < window[1], pads[2] + pads[4] < window[0], pads[3] + pads[5] < window[1] else {
      throw NodeFault("its windows of \(self.window) may lie in its pads \(counted)")
    }
  }

  private init(_ call: NodeCall, input: Extent, window: [Int], canExceed: Bool) throws(NodeFault) {
    let (strides, dilations) = (try Self.pair("strides", of: call), try Self.pair("dilations", of: call))
    let sizes = [input.height, input.width]
    guard window.allSatisfy({ (1...1 << 16).contains($0) }) else { throw NodeFault("its window is \(window)") }
    let reach = [0, 1].map { (window[$0] - 1) * dilations[$0] + 1 }
    var pads = try Self.pads(of: call)
    var beyond = [0, 0]
    let automatic = try call.text("auto_pad", or: "NOTSET")
    switch automatic {
    case "NOTSET", "": break
    case "VALID": pads = [0, 0, 0, 0]
    case "SAME_UPPER", "SAME_LOWER":
      for axis in 0..<2 {
        let outputs = (sizes[axis] + strides[axis] - 1) / strides[axis]
        let total = max(0, (outputs - 1) * strides[axis] + reach[axis] - sizes[axis])
        pads[axis] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2
        pads[axis + 2] = total - pads[axis]
      }
    default: throw NodeFault("its auto_pad is \(automatic)")
    }
    for axis in 0..<2 {
      let room = sizes[axis] + pads[axis] + pads[axis + 2] - reach[axis]
      guard room >= 0 else { throw NodeFault("a window of \(window) does not fit into a picture of \(input)") }
      guard canExceed else { continue }
      let outputs = (room + strides[axis] - 1) / strides[axis]
      // A last window begins in the picture or in the pads before it.
      let exceeds = room % strides[axis] != 0 && outputs * strides[axis] < sizes[axis] + pads[axis]
      if exceeds { beyond[axis] = outputs * strides[axis] - room }
    }
    self.window = Extent(height: window[0], width: window[1])
    stride = Extent(height: strides[0], width: strides[1])
    dilation = Extent(height: dilations[0], width: dilations[1])
    (counted, self.beyond) = (pads, beyond)
    padded = [sizes[0] + pads[0] + pads[2], sizes[1] + pads[1] + pads[3]]
    padding = .explicit(top: pads[0], bottom: pads[2] + beyond[0], left: pads[1], right: pads[3] + beyond[1])
  }

  /// The zeros are part of the picture now.
  mutating func takeInPads() { padding = .explicit(top: 0, bottom: beyond[0], left: 0, right: beyond[1]) }

  /// Two positive numbers, or those that stand for none given.
  static func pair(_ name: String, of call: NodeCall, or standard: Int = 1) throws(NodeFault) -> [Int] {
    let values = try call.integers(name) ?? [standard, standard]
    guard values.count == 2, values.allSatisfy({ (standard...1 << 16).contains($0) }) else {
      throw NodeFault("its \(name) are \(values)")
    }
    return values
  }

  /// Top, left, bottom, right.
  static func pads(of call: NodeCall) throws(NodeFault) -> [Int] {
    let pads = try call.integers("pads") ?? [0, 0, 0, 0]
    guard pads.count == 4, pads.allSatisfy({ (0...1 << 16).contains($0) }) else {
      throw NodeFault("its pads are \(pads)")
    }
    return pads
  }
}
