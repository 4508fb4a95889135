/// What a part of a graph looks like, from its result back to the values that it is computed from.
indirect enum Pattern: Sendable {
  /// Any value. Under one name it is the same value everywhere.
  case value(String)
  /// A weight.
  case weight(String)
  /// A value that is known before the picture's numbers are, such as a root of a shape's length.
  case known(String)
  /// A number that the graph holds, up to rounding.
  case number(Double)
  /// A node of this type whose first inputs look like this; its settings are found under the name.
  case node(String, [Pattern], name: String = "")
  /// Values clipped to a range of numbers.
  case clip(Pattern, ClosedRange<Double>)
  /// A product in any order and by any number of nodes. Numbers of the graph are multiplied; other known factors, and
  /// known divisors, are found under the name.
  case product([Pattern], factors: String = "")
  /// A sum in any order and by any number of nodes.
  case sum([Pattern])
  /// The first of these that fits.
  case anyOf([Pattern])
}

/// What was found where a pattern fits.
struct PatternMatch: Sendable {
  /// A node's input.
  struct Place: Sendable, Hashable {
    let node: Int
    let input: Int
  }

  /// A factor of a product, or a divisor.
  struct Factor: Sendable {
    let place: Place
    let isDivisor: Bool
  }

  /// Where each named value is taken.
  var places: [String: Place] = [:]
  /// The named nodes.
  var nodes: [String: Int] = [:]
  /// The known factors of named products.
  var factors: [String: [Factor]] = [:]
  /// All nodes of the part.
  var inside: Set<Int> = []
}

/// Finds out where patterns fit.
struct PatternMatcher {
  typealias Place = PatternMatch.Place

  let index: GraphIndex

  /// All ways in which a pattern fits the result of a node.
  func matches(_ pattern: Pattern, resultOf node: Int) -> [PatternMatch] {
    guard let name = index.graph.nodes[node].outputs.first, !name.isEmpty else { return [] }
    return matches(pattern, Term(name: name, place: nil, isInverse: false), PatternMatch())
  }

  /// A value that a pattern may fit, as an operand of a product or sum.
  fileprivate struct Term {
    let name: String
    /// Where it is taken; `nil` for the result of the whole.
    let place: Place?
    /// Whether it is a divisor or subtracted.
    let isInverse: Bool
  }

  private func operand(_ node: Int, _ input: Int, isInverse: Bool = false) -> Term {
    Term(
      name: index.graph.nodes[node].inputs[input], place: Place(node: node, input: input), isInverse: isInverse)
  }

  private func matches(_ pattern: Pattern, _ term: Term, _ match: PatternMatch) -> [PatternMatch] {
    switch pattern {
    case .value(let name): return capturing(term, as: name, match)
    case .weight(let name): return index.isWeight(term.name) ? capturing(term, as: name, match) : []
    case .known(let name): return index.known.contains(term.name) ? capturing(term, as: name, match) : []
    case .number(let number): return index.number(term.name).map { isClose($0, number) } ?? false ? [match] : []
    case .anyOf(let patterns):
      for pattern in patterns {
        let found = matches(pattern, term, match)
        if !found.isEmpty { return found }
      }
      return []
    case .node(let type, let operands, let name):
      guard let (node, match) = entering(term, [type], match), index.graph.nodes[node].inputs.count >= operands.count
      else { return [] }
      var named = match
      if !name.isEmpty { named.nodes[name] = node }
      return operands.enumerated().reduce([named]) { found, operand in
        found.flatMap { matches(operand.element, self.operand(node, operand.offset), $0) }
      }
    case .clip(let operand, let range):
      guard let (node, match) = entering(term, ["Clip"], match),
        bound("min", 1, of: node) == range.lowerBound && bound("max", 2, of: node) == range.upperBound
      else { return [] }
      return matches(operand, self.operand(node, 0), match)
    case .product(let patterns, let factors):
      return combined(patterns, term, match, by: .product, collecting: factors)
    case .sum(let patterns): return combined(patterns, term, match, by: .sum, collecting: "")
    }
  }

  /// The node of one of these types that gives a value, as a part of the match.
  private func entering(_ term: Term, _ types: [String], _ match: PatternMatch) -> (Int, PatternMatch)? {
    guard let node = index.producers[term.name], types.contains(index.graph.nodes[node].type),
      index.graph.nodes[node].outputs[0] == term.name
    else { return nil }
    var match = match
    match.inside.insert(node)
    return (node, match)
  }

  private func capturing(_ term: Term, as name: String, _ match: PatternMatch) -> [PatternMatch] {
    guard let place = term.place, !term.name.isEmpty, !term.isInverse else { return [] }
    var match = match
    if let known = match.places[name] {
      return index.graph.nodes[known.node].inputs[known.input] == term.name ? [match] : []
    }
    match.places[name] = place
    return [match]
  }

  /// A bound of a `Clip`, which an attribute or, in later versions, an input says.
  private func bound(_ name: String, _ input: Int, of node: Int) -> Double? {
    let node = index.graph.nodes[node]
    if case .float(let value) = node.attributes[name] { return Double(value) }
    return node.inputs.count > input ? index.number(node.inputs[input]) : nil
  }
}

extension PatternMatcher {
  /// How the terms of a product or a sum are joined.
  private struct Combination {
    let joining: String
    let inverse: String
    let neutral: Double
    /// What a number adds to the numbers so far.
    let adding: @Sendable (_ sum: Double, _ number: Double, _ isInverse: Bool) -> Double

    static let product = Combination(joining: "Mul", inverse: "Div", neutral: 1) { $2 ? $0 / $1 : $0 * $1 }
    static let sum = Combination(joining: "Add", inverse: "Sub", neutral: 0) { $2 ? $0 - $1 : $0 + $1 }
  }

  /// More than any pattern has: longer chains are something else.
  private static let mostTerms = 6

  private func combined(
    _ patterns: [Pattern], _ term: Term, _ match: PatternMatch, by combination: Combination, collecting name: String
  ) -> [PatternMatch] {
    // A single pattern may fit a product itself, whose known factors only are taken off.
    for isDeep in patterns.count > 1 ? [true] : [true, false] {
      var match = match
      let terms = self.terms(of: term, combination, isDeep: isDeep, depth: 0, &match)
      guard terms.count <= Self.mostTerms else { continue }
      let found = assigned(patterns, terms, match, combination, collecting: name)
      if !found.isEmpty { return found }
    }
    return []
  }

  /// The terms of a product or sum, through all nodes of it that nothing else uses.
  ///
  /// - Parameters:
  ///   - isDeep: whether nodes without a known term belong to it.
  ///   - depth: the number of nodes that `term` has been found through.
  private func terms(
    of term: Term, _ combination: Combination, isDeep: Bool, depth: Int, _ match: inout PatternMatch
  ) -> [Term] {
    guard depth == 0 || depth < Self.mostTerms && index.uses(of: term.name) == 1, !term.isInverse,
      let (node, entered) = entering(term, [combination.joining, combination.inverse], match),
      index.graph.nodes[node].inputs.count == 2
    else { return [term] }
    let isInverse = index.graph.nodes[node].type == combination.inverse
    let operands = [operand(node, 0), operand(node, 1, isInverse: isInverse)]
    let isKnown = operands.map { index.known.contains($0.name) }
    guard isInverse ? isKnown[1] : isDeep || isKnown[0] || isKnown[1] else { return [term] }
    match = entered
    return operands.flatMap { terms(of: $0, combination, isDeep: isDeep, depth: depth + 1, &match) }
  }

  /// All ways to give each pattern a term, so that none is left but known ones that are collected.
  private func assigned(
    _ patterns: [Pattern], _ terms: [Term], _ match: PatternMatch, _ combination: Combination, collecting name: String
  ) -> [PatternMatch] {
    var (others, rest) = ([Pattern](), terms)
    var expected: Double?
    for pattern in patterns {
      if case .number(let number) = pattern {
        expected = combination.adding(expected ?? combination.neutral, number, false)
      } else {
        others.append(pattern)
      }
    }
    if let expected {
      var found = combination.neutral
      for term in terms {
        if let number = index.number(term.name) { found = combination.adding(found, number, term.isInverse) }
      }
      guard isClose(found, expected) else { return [] }
      rest.removeAll { index.number($0.name) != nil }
    }
    return assigned(others[...], rest, match, collecting: name)
  }

  private func assigned(
    _ patterns: ArraySlice<Pattern>, _ terms: [Term], _ match: PatternMatch, collecting name: String
  ) -> [PatternMatch] {
    guard let pattern = patterns.first else {
      guard terms.isEmpty || !name.isEmpty && terms.allSatisfy({ index.known.contains($0.name) }) else { return [] }
      var match = match
      for term in terms {
        guard let place = term.place else { return [] }
        match.factors[name, default: []].append(.init(place: place, isDivisor: term.isInverse))
      }
      return [match]
    }
    return terms.indices.filter { !terms[$0].isInverse }.flatMap { index in
      var others = terms
      let term = others.remove(at: index)
      return matches(pattern, term, match).flatMap {
        assigned(patterns.dropFirst(), others, $0, collecting: name)
      }
    }
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * abs(b) }
}
