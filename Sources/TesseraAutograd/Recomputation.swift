import TesseraTensors

/// What `block` computes from `input`: a part of a network that a tape may forget and compute again.
///
/// Without a tape, and on one that keeps all, it is a call of `block`. A tape made with ``Tape/recomputesBlocks`` keeps
/// only the block's input; when the backward pass reaches the block, it runs a second time, with the same random
/// numbers, and is walked back (Chen et al. 2016, arXiv:1604.06174). Gradients have the same bits, and running
/// statistics move once.
///
/// ```swift
/// func callAsFunction(_ input: Variable) -> Variable {
///   recomputed(input) { input + second(relu(first(input))) }
/// }
/// ```
/// Of blocks within blocks the outermost one is forgotten as a whole.
/// - Parameters:
///   - input: of any shape.
///   - block: a function of its input, of parameters, and of the tape's random streams: what it captures is neither on
///     a tape nor does it change until the backward pass.
/// - Returns: the block's result.
public func recomputed(
  _ input: consuming Variable, by block: @escaping (consuming Variable) -> Variable
) -> Variable {
  guard let tape = input.tape, tape.recomputesBlocks else { return block(consume input) }
  return tape.recomputing([consume input]) { block($0[0]) }
}

/// The same for a block with two inputs, at least the first of which is on the tape if any is.
public func recomputed(
  _ first: consuming Variable, _ second: consuming Variable,
  by block: @escaping (consuming Variable, consuming Variable) -> Variable
) -> Variable {
  guard let tape = first.tape, tape.recomputesBlocks else { return block(consume first, consume second) }
  return tape.recomputing([consume first, consume second]) { block($0[0], $0[1]) }
}

extension Tape {
  fileprivate func recomputing(_ inputs: [Variable], _ block: @escaping ([Variable]) -> Variable) -> Variable {
    let moments = sharing.map { RememberedMoments(of: $0) }
    let pass = BlockPass(
      mode: mode, random: random, drawn: drawn, firstPicture: firstPicture, inputs: inputs.map(BlockPass.Input.init),
      block: block)
    let (own, output) = pass.run(keepsNothing: true, sharedBy: moments)
    drawn = own.drawn
    for move in own.heldMoves ?? [] { take(move) }
    let parameters = own.trainedParameters.map(\.parameter)
    // Held until it is needed, and no longer.
    var held: BlockPass? = pass
    return record(
      "recomputed", inputs: inputs + parameters.map { variable(for: $0) }, result: Variable(output.value),
      multiplyAdds: own.multiplyAdds,
      backward: .summing { gradient, known in
        held.take()?.gradients(&gradient, &known, of: parameters, sharedBy: moments) ?? known
      })
  }
}

/// A pass through a block, which can be repeated.
///
/// It holds values, never variables of the outer tape, which holds it.
private struct BlockPass {
  let mode: Tape.Mode
  let random: RandomStream
  /// The random streams that the outer tape had given before.
  let drawn: Int
  let firstPicture: Int
  let inputs: [Input]
  let block: ([Variable]) -> Variable

  struct Input {
    let value: Tensor
    let isOnTape: Bool
    let needsGradient: Bool

    init(_ variable: Variable) {
      (value, isOnTape, needsGradient) = (variable.value, variable.tape != nil, variable.needsGradient)
    }

    func variable(on tape: Tape) -> Variable {
      isOnTape ? needsGradient ? tape.variable(value) : tape.input(value) : Variable(value)
    }
  }

  /// Runs the block on a tape of its own, whose first leaves are the inputs that need gradients.
  func run(keepsNothing: Bool, sharedBy moments: RememberedMoments?) -> (tape: Tape, output: Variable) {
    let tape = Tape(forBlockOf: mode, random, firstPicture: firstPicture, keepsNothing: keepsNothing)
    (tape.drawn, tape.sharing) = (drawn, moments)
    let output = block(inputs.map { $0.variable(on: tape) })
    // What still waits must be known to use what it waits for.
    _ = output.value
    return (tape, output)
  }

  /// Runs the block again and walks back.
  ///
  /// Gradients are added to what is known in the order in which a tape that keeps all adds them.
  /// - Parameters:
  ///   - gradient: with respect to the output.
  ///   - known: of the gradients of the inputs, then of those of the parameters.
  /// - Returns: the sums, in that order.
  consuming func gradients(
    _ gradient: inout Tensor, _ known: inout [Tensor?], of parameters: [Parameter],
    sharedBy moments: RememberedMoments?
  ) -> [Tensor?] {
    moments?.replay()
    // The first leaves are the inputs.
    var leaves: [Int?] = []
    var count = 0
    for input in inputs {
      leaves.append(input.needsGradient ? count : nil)
      if input.needsGradient { count += 1 }
    }
    let (tape, output) = walkable(moments)
    let records = Dictionary(uniqueKeysWithValues: tape.trainedParameters.map { (ObjectIdentifier($0), $1) })
    leaves += parameters.map { records[ObjectIdentifier($0)] }
    var start: [(record: Int, gradient: Tensor)] = []
    for (place, leaf) in leaves.enumerated() {
      if let leaf, let gradient = known[place].take() { start.append((leaf, gradient)) }
    }
    if let output { start.append((output, gradient)) }
    // What nobody else holds can be changed in place.
    gradient = Tensor(0 as Float)
    var sums: [Int: Tensor] = [:]
    tape.walkBack(from: start) { sums[$0] = $1 }
    return leaves.enumerated().map { place, leaf in leaf.map { sums[$0] } ?? known[place] }
  }

  /// The tape of the second pass and the record of its output, without the inputs, which the tape keeps where it must.
  private consuming func walkable(_ moments: RememberedMoments?) -> (tape: Tape, output: Int?) {
    let (tape, output) = run(keepsNothing: false, sharedBy: moments)
    return (tape, output.record)
  }
}

/// The moments of batches that processes share, as the first pass through a block learned them: the second one asks
/// nobody.
private final class RememberedMoments: BatchSharing {
  private let sharing: any BatchSharing
  private var answers: [[[Double]]] = []
  private var next: Int?

  init(of sharing: any BatchSharing) { self.sharing = sharing }

  var isFirst: Bool { sharing.isFirst }

  /// Answers again from the first question on.
  func replay() { next = 0 }

  func gathered(_ own: [Double]) -> [[Double]] {
    if let place = next, place < answers.count {
      next = place + 1
      return answers[place]
    }
    let answer = sharing.gathered(own)
    if next == nil { answers.append(answer) }
    return answer
  }
}
