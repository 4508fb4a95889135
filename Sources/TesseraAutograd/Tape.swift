import TesseraKernels
import TesseraTensors

/// Records the operations of one forward pass and traverses them backwards once.
///
/// ```swift
/// let tape = Tape()
/// let x = tape.variable(Tensor([3]))
/// let gradients = tape.gradients(of: (x * x).sum())
/// gradients[x]   // [6]
/// ```
///
/// What an operation saved for its pullback is released as soon as it has run, so memory use falls during the backward
/// pass.
public final class Tape {
  /// Whether layers such as dropout and batch normalization act as in training or as in inference.
  public enum Mode: Sendable { case training, inference }

  /// Maps the gradient of an operation's result to the gradients of its inputs; `nil` where an input needs none.
  ///
  /// It is called at most once and is the last to see the gradient, whose memory it may use for its results.
  public typealias Pullback = (_ gradient: inout Tensor) -> [Tensor?]

  /// A pullback that also adds what is known of the first input's gradient, in the pass that computes the rest of it.
  typealias AddingPullback = (_ gradient: inout Tensor, _ known: Tensor?) -> [Tensor?]

  /// A pullback that gets what is known of every input's gradient, and returns the sums with it.
  typealias SummingPullback = (_ gradient: inout Tensor, _ known: inout [Tensor?]) -> [Tensor?]

  /// How the gradient of an operation's result goes back to its inputs.
  enum Backward {
    case plain(Pullback)
    case adding(AddingPullback)
    case summing(SummingPullback)
  }

  /// How layers act on this tape.
  public let mode: Mode
  /// Whether it forgets what is computed within blocks (``recomputed(_:by:)``), and computes it again on the way back.
  public let recomputesBlocks: Bool
  /// How many pictures of a batch come before its own, where it has a piece of the batch: dropout then takes the random
  /// numbers that these pictures have in the whole.
  public let firstPicture: Int
  // Whether nobody will walk back.
  private let keepsNothing: Bool
  let random: RandomStream
  /// The number of random streams that were taken so far.
  var drawn = 0
  // Whether this tape is read rather than traversed backwards: values without gradients are records too, and there are
  // no pullbacks.
  private let recordsValues: Bool
  /// Whether it is read to be described to people, rather than to be executed.
  let isDescription: Bool
  // The records of such a tape that depend on its inputs and are therefore shapes without numbers.
  private var hollow: Set<Int> = []

  struct Record {
    /// `nil` for leaves.
    let kind: OperationKind?
    let inputs: [Int?]
    let shape: Shape
    let multiplyAdds: Int
    var backward: Backward?
  }
  var records: [Record] = []
  // Values and record numbers, not variables: those hold the tape.
  var parameters: [ObjectIdentifier: (parameter: Parameter, value: Tensor, record: Int?)] = [:]
  private(set) var parameterOfRecord: [Int: Parameter] = [:]
  private(set) var constants: [Int: Tensor] = [:]
  var isSpent = false
  // Of a pass that is only rehearsed: the pool that counts its memory, and what tensors held at first and at each
  // record.
  private let rehearsal = ComputeContext.current.isRehearsing ? ComputeContext.current.pool : nil
  private var held: [Int] = []
  /// The steps of running statistics that wait, in the order in which the pass found them; `nil` where they do not
  /// wait.
  package internal(set) var heldMoves: [StatisticMove]?
  /// The processes whose batches are one to layers that look at a whole batch; `nil` if this one's is by itself.
  package internal(set) var sharing: (any BatchSharing)?

  /// - Parameters:
  ///   - mode: `.inference` records gradients through layers that act as in inference (saliency, frozen statistics).
  ///   - random: the step's random stream; dropout draws from it.
  ///   - recomputesBlocks: whether what is computed within blocks is forgotten and computed again on the way back: less
  ///     memory, one more forward pass, the same gradients to the bit.
  public convenience init(
    mode: Mode = .training, random: RandomStream = RandomStream(seed: 0), recomputesBlocks: Bool = false
  ) {
    self.init(mode, random, recomputesBlocks: recomputesBlocks)
  }

  /// Creates a tape for training that holds back the steps of running statistics (``heldMoves``).
  ///
  /// - Parameters:
  ///   - random: the batch's random stream.
  ///   - sharing: the processes whose batches are one to batch normalization.
  ///   - recomputesBlocks: whether blocks are forgotten and computed again.
  ///   - firstPicture: the number of pictures of the batch that come before those of this tape.
  ///   - keepsNothing: whether only values are wanted, and nobody walks back.
  package convenience init(
    holdingMovesWith random: RandomStream, sharedBy sharing: (any BatchSharing)? = nil,
    recomputesBlocks: Bool = false, firstPicture: Int = 0, keepsNothing: Bool = false
  ) {
    self.init(
      .training, random, recomputesBlocks: recomputesBlocks && !keepsNothing, firstPicture: firstPicture,
      keepsNothing: keepsNothing)
    heldMoves = []
    self.sharing = sharing
  }

  /// Creates a tape for reading what a pass consists of: layers act as in inference, nothing is kept for gradients, and
  /// only shapes are computed for whatever depends on the inputs.
  ///
  /// - Parameter isDescription: whether the pass is wanted as the network is known, not as it is best computed.
  package convenience init(readingOperations: Void, isDescription: Bool) {
    self.init(.inference, RandomStream(seed: 0), recordsValues: true, isDescription: isDescription)
  }

  /// Creates a tape for a block within a pass on another one; it holds back the steps of running statistics.
  convenience init(forBlockOf mode: Mode, _ random: RandomStream, firstPicture: Int, keepsNothing: Bool) {
    self.init(mode, random, firstPicture: firstPicture, keepsNothing: keepsNothing)
    heldMoves = []
  }

  private init(
    _ mode: Mode, _ random: RandomStream, recordsValues: Bool = false, isDescription: Bool = false,
    recomputesBlocks: Bool = false, firstPicture: Int = 0, keepsNothing: Bool = false
  ) {
    (self.mode, self.random) = (mode, random)
    (self.recordsValues, self.isDescription) = (recordsValues, isDescription)
    (self.recomputesBlocks, self.firstPicture, self.keepsNothing) = (recomputesBlocks, firstPicture, keepsNothing)
  }

  /// A value whose gradient is wanted.
  public func variable(_ value: Tensor) -> Variable {
    Variable(value, tape: self, record: appendLeaf(value.shape))
  }

  private func appendLeaf(_ shape: Shape) -> Int {
    append(Record(kind: nil, inputs: [], shape: shape, multiplyAdds: 0, backward: nil))
  }

  /// A value on the tape whose own gradient is not wanted: images, targets.
  public func input(_ value: Tensor) -> Variable {
    guard recordsValues else { return Variable(value, tape: self, record: nil) }
    hollow.insert(records.count)
    return variable(value)
  }

  /// Whether a value of this tape is a shape without numbers.
  func isHollow(_ record: Int?) -> Bool { recordsValues && record.map(hollow.contains) ?? false }

  /// The variable of `parameter` on this tape; always the same one.
  public func variable(for parameter: Parameter) -> Variable {
    let key = ObjectIdentifier(parameter)
    if let known = parameters[key] { return Variable(known.value, tape: self, record: known.record) }
    let variable =
      parameter.isTrainable || recordsValues
      ? variable(parameter.value) : Variable(parameter.value, tape: self, record: nil)
    if let record = variable.record { parameterOfRecord[record] = parameter }
    parameters[key] = (parameter, variable.value, variable.record)
    return variable
  }

  /// A separate stream for each random operation, in the order of the calls.
  ///
  /// Operations that draw for each element count the elements of pictures before ``firstPicture``, too, so that a
  /// picture has the same numbers in whichever piece of a batch it is.
  public func randomStream() -> RandomStream {
    defer { drawn += 1 }
    return random.derived("operation", drawn)
  }

  /// The number of elements before those of a value `[pictures, ...]` that belong to pictures before its own.
  func firstElement(of shape: Shape) -> Int {
    firstPicture == 0 ? 0 : firstPicture * (shape.elementCount / max(1, shape[0]))
  }

  /// The parameters whose gradients are wanted, in the order in which the pass asked for them, and their records.
  var trainedParameters: [(parameter: Parameter, record: Int)] {
    parameterOfRecord.sorted { $0.key < $1.key }.map { ($0.value, $0.key) }
  }

  /// The multiply-adds of all operations.
  var multiplyAdds: Int { records.reduce(0) { $0 + $1.multiplyAdds } }

  private func append(_ record: Record) -> Int {
    require(!isSpent, "Tape: gradients were already taken from this tape; make a new one for each step")
    if let rehearsal { held.append(rehearsal.statistics.live) }
    records.append(record)
    return records.count - 1
  }

  /// The variable `result`, as that of an operation on `inputs`.
  func record(
    _ kind: OperationKind, inputs: [Variable], result: Variable, multiplyAdds: Int, backward: Backward
  ) -> Variable {
    let needed = inputs.contains(where: \.needsGradient)
    let record = Record(
      kind: kind, inputs: inputs.map { recordsValues ? $0.record ?? constant($0.value) : $0.record },
      shape: result.shape, multiplyAdds: multiplyAdds,
      backward: needed && !recordsValues && !keepsNothing ? backward : nil)
    if recordsValues, inputs.contains(where: \.isHollow) { hollow.insert(records.count) }
    let index = append(record)
    return result.recorded(on: self, needed || recordsValues ? index : nil)
  }

  /// Of a pass that is only rehearsed, before it is walked back: the parameters of each operation, and the bytes of
  /// tensors that are held when it is recorded.
  package var heldBytes: [(parameters: [Parameter], bytes: Int)] {
    zip(records, held).compactMap { record, bytes in
      record.kind.map { _ in (record.inputs.compactMap { $0.flatMap { parameterOfRecord[$0] } }, bytes) }
    }
  }

  /// The record of a value that came from no tape.
  private func constant(_ value: Tensor) -> Int {
    constants[records.count] = value
    return appendLeaf(value.shape)
  }
}
