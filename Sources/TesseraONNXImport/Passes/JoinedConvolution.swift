import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// A convolution of single pixels of joined feature maps, some of which are enlarged before, as SegFormer, HRNet and
/// DeepLab have it.
///
/// It is a sum, of each map with its own part of the filter. As enlarging is linear, it can come last, so nothing is
/// computed at the largest size that could be computed at a smaller one; and where a map is itself a product, that
/// matrix and the part of the filter are one.
enum JoinedConvolution {
  static let fusion = Fusion("joined convolution", matches: { JoinedConvolution.matches($0, $1).map { [$0] } ?? [] }) {
    call throws(NodeFault) in
    let convolution = try call.node("convolution")
    guard try convolution.integer("group", or: 1) == 1, try convolution.integers("strides") ?? [1, 1] == [1, 1],
      try convolution.integers("pads") ?? [0, 0, 0, 0] == [0, 0, 0, 0]
    else { return nil }
    let weight = try convolution.variable(1)
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    var parts: [JoinedPart] = []
    var start = 0
    while call.has("part \(parts.count)") {
      guard let part = try JoinedPart(parts.count, of: call, start: start, outputs: outputs) else { return nil }
      parts.append(part)
      start += part.channels
    }
    guard start == inputs, parts.contains(where: \.isAhead),
      parts.allSatisfy({ $0.target == parts[0].target && $0.batch == parts[0].batch })
    else { return nil }
    let bias = try convolution.variableIfPresent(2)
    guard bias.map({ $0.shape == [outputs] }) ?? true else { return nil }
    try requireRoom(for: [parts[0].batch, outputs] + parts[0].target)
    let filter = weight.arranged([2, 3, 1, 0]).reshaped(to: [inputs, outputs])
    // Sums at smaller sizes come first: the product at full size waits for what is added to it.
    let (ahead, others) = (parts.filter(\.isAhead), parts.filter { !$0.isAhead })
    var shares: [Variable] = []
    let sorted = ahead.filter(\.isEnlarged) + ahead.filter { !$0.isEnlarged }
    for (number, part) in sorted.enumerated() {
      let isLast = others.isEmpty && number == sorted.count - 1
      shares.append(try part.share(filter, adding: isLast ? bias?.variable : nil))
    }
    if !others.isEmpty {
      let map = joined(try others.map { part throws(NodeFault) in try part.map() }, along: 3)
      let product = map.matrixProduct(joined(others.map { filter.sliced($0.rows, along: 0) }, along: 0))
      shares.append(bias.map { product + $0.variable } ?? product)
    }
    let last = shares.removeLast()
    let result = shares.isEmpty ? last : last + shares.dropFirst().reduce(shares[0], +)
    return ArrangedVariable(result, order: ArrangedVariable.picture, isConstant: false)
  }

  private static func joined(_ parts: [Variable], along axis: Int) -> Variable {
    parts.count == 1 ? parts[0] : concatenate(parts, along: axis)
  }

  private static func matches(_ matcher: PatternMatcher, _ node: Int) -> PatternMatch? {
    let (index, convolution) = (matcher.index, matcher.index.graph.nodes[node])
    guard convolution.type == "Conv", convolution.inputs.count > 1, index.isWeight(convolution.inputs[1]),
      let lengths = index.graph.constants[convolution.inputs[1]]?.lengths, lengths.suffix(2) == [1, 1],
      lengths.count == 4
    else { return nil }
    var match = PatternMatch(nodes: ["convolution": node], inside: [node])
    var places = [PatternMatch.Place(node: node, input: 0)]
    if let concat = index.only("Concat", giving: convolution.inputs[0]) {
      match.nodes["concat"] = concat
      match.inside.insert(concat)
      places = index.graph.nodes[concat].inputs.indices.map { .init(node: concat, input: $0) }
    }
    for (number, place) in places.enumerated() { follow(place, number, index, &match) }
    let isWorthwhile = match.nodes.keys.contains { $0.hasPrefix("resize") || $0.hasPrefix("reshape") }
    return isWorthwhile ? match : nil
  }

  /// Notes where a part comes from: before it was enlarged, and before it was a product of pixels and a matrix.
  private static func follow(
    _ place: PatternMatch.Place, _ number: Int, _ index: GraphIndex, _ match: inout PatternMatch
  ) {
    var place = place
    func name(_ place: PatternMatch.Place) -> String { index.graph.nodes[place.node].inputs[place.input] }
    if let resize = ["Resize", "Upsample"].lazy.compactMap({ index.only($0, giving: name(place)) }).first {
      match.nodes["resize \(number)"] = resize
      match.inside.insert(resize)
      place = .init(node: resize, input: 0)
    }
    match.places["part \(number)"] = place
    guard let reshape = index.only("Reshape", giving: name(place)),
      let transpose = index.only("Transpose", giving: index.graph.nodes[reshape].inputs[0]),
      index.graph.nodes[transpose].attributes["perm"] == .integers([0, 2, 1])
    else { return }
    var chain = [reshape, transpose]
    var product = index.graph.nodes[transpose].inputs[0]
    var bias: PatternMatch.Place?
    if let add = index.only("Add", giving: product),
      let input = index.graph.nodes[add].inputs.firstIndex(where: { index.isWeight($0) })
    {
      (bias, product) = (.init(node: add, input: input), index.graph.nodes[add].inputs[1 - input])
      chain.append(add)
    }
    guard let matrix = index.only("MatMul", giving: product), index.isWeight(index.graph.nodes[matrix].inputs[1]) else {
      return
    }
    match.inside.formUnion(chain + [matrix])
    match.nodes["reshape \(number)"] = reshape
    match.places["part \(number)"] = .init(node: matrix, input: 0)
    match.places["matrix \(number)"] = .init(node: matrix, input: 1)
    match.places["bias \(number)"] = bias
  }
}

extension GraphIndex {
  /// The node of this type that gives a value, if that is its only use.
  fileprivate func only(_ type: String, giving name: String) -> Int? {
    guard let node = producers[name], graph.nodes[node].type == type, uses(of: name) == 1 else { return nil }
    return node
  }
}

/// One of the maps that a convolution joins.
private struct JoinedPart {
  /// Its channels where it is joined.
  let channels: Int
  /// Their rows of the filter's matrix.
  let rows: Range<Int>
  /// Height and width where it is joined.
  let target: [Int]
  let isEnlarged: Bool
  /// Whether its share of the convolution is computed before it is enlarged.
  let isAhead: Bool
  /// `[batch, channels, height, width]`, before a product and before it is enlarged.
  private let source: ArrangedVariable
  var batch: Int { source.shape[0] }
  private let matrix: Variable?
  private let bias: Variable?
  private let resize: NodeCall?

  /// `nil` if shapes do not fit.
  init?(_ number: Int, of call: FusionCall, start: Int, outputs: Int) throws(NodeFault) {
    var source = try call.variable("part \(number)")
    var (matrix, bias) = (Variable?.none, Variable?.none)
    var channels = source.rank == 4 ? source.shape[1] : 0
    if call.match.places["matrix \(number)"] != nil {
      let weight = try call.variable("matrix \(number)")
      let reshape = try call.node("reshape \(number)")
      guard source.rank == 3, weight.rank == 2, weight.shape[0] == source.shape[2] else { return nil }
      channels = weight.shape[1]
      matrix = weight.natural
      if call.has("bias \(number)") {
        bias = try call.variable("bias \(number)").variable
        guard bias?.shape == [channels] else { return nil }
      }
      // The same pixels with the channels that they had before the product.
      let wanted = try reshape.host(1).with(source.shape[2], insteadOf: channels)
      guard let wanted else { return nil }
      source = try reshape.taking(.variable(source.transposed([0, 2, 1])), at: 0).taking(.host(wanted), at: 1).only()
    }
    guard source.rank == 4, channels > 0 else { return nil }
    let own = Array(source.shape[2...])
    resize = call.match.nodes["resize \(number)"].flatMap { call.calls[$0] }
    target = try resize.map { call throws(NodeFault) in try call.size(enlarging: own, channels: channels) } ?? own
    guard target.count == 2, target.allSatisfy({ (1...1 << 20).contains($0) }) else { return nil }
    isEnlarged = target != own
    let (pixels, joined) = (Double(own[0] * own[1]), Double(target[0] * target[1]))
    // Where outputs are many more than channels, enlarging them would take longer than the convolution: a number that
    // is moved takes as long as some 32 multiply-adds.
    let saved = (joined - pixels) * Double(channels) * Double(outputs)
    isAhead = matrix != nil || isEnlarged && saved > 32 * joined * Double(2 * outputs - 3 * channels)
    rows = start..<start + channels
    (self.source, self.matrix, self.bias, self.channels) = (source, matrix, bias, channels)
  }

  /// The map where it is joined, `[batch, height, width, channels]`.
  func map() throws(NodeFault) -> Variable {
    guard isEnlarged, let resize else { return source.arranged(ArrangedVariable.picture) }
    return try resize.taking(.variable(source), at: 0).only().arranged(ArrangedVariable.picture)
  }

  /// Its share of the convolution and `offset`, `[batch, height, width, outputs]`.
  func share(_ filter: Variable, adding offset: Variable?) throws(NodeFault) -> Variable {
    let part = filter.sliced(rows, along: 0)
    var result = source.arranged(ArrangedVariable.picture).matrixProduct(matrix?.matrixProduct(part) ?? part)
    let own = bias.map { $0.reshaped(to: [1, channels]).matrixProduct(part).reshaped(to: [part.shape[1]]) }
    // Weights of interpolation add up to 1, so enlarging leaves a constant as it is.
    if let sum = own.map({ own in offset.map { own + $0 } ?? own }) ?? offset { result = result + sum }
    guard isEnlarged, let resize else { return result }
    let value = ArrangedVariable(result, order: ArrangedVariable.picture, isConstant: false)
    var call = resize.taking(.variable(value), at: 0)
    if case .host(let sizes) = resize.input(3), let changed = sizes.with(part.shape[1], insteadOf: channels) {
      call = call.taking(.host(changed), at: 3)
    }
    return try call.only().arranged(ArrangedVariable.picture)
  }
}

extension HostArray {
  /// The lengths of a map with another number of channels; `nil` if they are no lengths of a map.
  fileprivate func with(_ channels: Int, insteadOf former: Int) -> HostArray? {
    guard count == 4 else { return nil }
    var lengths = integers
    if lengths[1] == former { lengths[1] = channels }
    return HostArray(lengths)
  }
}

extension NodeCall {
  /// The height and width that a `Resize` or `Upsample` gives; empty if it changes other axes.
  fileprivate func size(enlarging own: [Int], channels: Int) throws(NodeFault) -> [Int] {
    guard try integers("axes") == nil else { return [] }
    let isEarly = node.type == "Upsample" || version < 11
    if !isEarly, let sizes = try hostIfPresent(3)?.integers, !sizes.isEmpty {
      return sizes.count == 4 && sizes[1] == channels ? Array(sizes[2...]) : []
    }
    guard let factors = try hostIfPresent(isEarly ? 1 : 2)?.values, factors.count == 4, factors[1] == 1 else {
      return []
    }
    let lengths = [0, 1].map { (Double(own[$0]) * factors[$0 + 2]).rounded(.down) }
    guard lengths.allSatisfy({ (1..<0x1p20).contains($0) }) else { return [] }
    let size = lengths.map { Int($0) }
    return size == own && factors[2...] != [1, 1] ? [] : size
  }
}
