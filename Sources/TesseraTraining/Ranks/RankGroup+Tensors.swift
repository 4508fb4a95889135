import TesseraNetworks
import TesseraTensors

/// A tensor whose parts belong to ranks, as memory.
struct DividedMemory {
  /// Which one of those that were divided.
  let tensor: Int
  /// This rank's part.
  let part: UnsafeMutablePointer<Float>
  /// All parts; `nil` where only the own one is needed.
  let whole: UnsafeMutablePointer<Float>?
}

extension RankGroup {
  private static func piece(_ start: UnsafeMutablePointer<Float>, _ range: Range<Int>, of rank: Int) -> ExchangePiece {
    ExchangePiece(
      rank: rank, start: UnsafeMutableRawPointer(start + range.lowerBound),
      byteCount: range.count * MemoryLayout<Float>.stride)
  }

  /// The pieces of tensors that move between this rank and another.
  ///
  /// - Parameters:
  ///   - owner: whose parts move.
  ///   - isWhole: whether they lie in whole tensors here.
  private func pieces(
    _ memory: [DividedMemory], _ division: ParameterDivision, of owner: Int, with other: Int, inWhole isWhole: Bool
  ) -> [ExchangePiece] {
    memory.compactMap { memory in
      let range = division.range(of: memory.tensor, for: owner)
      if range.isEmpty { return nil }
      if !isWhole { return Self.piece(memory.part, 0..<range.count, of: other) }
      return memory.whole.map { Self.piece($0, range, of: other) }
    }
  }

  /// Begins to bring the parts of all ranks together where they are needed.
  ///
  /// - Parameter targets: the ranks whose whole tensors are filled, but for their own parts.
  func beginCollecting(
    _ memory: [DividedMemory], divided division: ParameterDivision, at targets: [Int]
  ) -> PendingExchange {
    begin(
      sending: targets.filter { $0 != rank }.flatMap {
        pieces(memory, division, of: rank, with: $0, inWhole: false)
      },
      receiving: !targets.contains(rank)
        ? [] : others.flatMap { pieces(memory, division, of: $0, with: $0, inWhole: true) })
  }

  /// The same, to its end.
  func collect(_ memory: [DividedMemory], divided division: ParameterDivision, at targets: [Int]) throws {
    try finish([beginCollecting(memory, divided: division, at: targets)])
  }

  /// Fills the other ranks' parts from rank 0's whole tensors.
  func scatter(_ memory: [DividedMemory], divided division: ParameterDivision) throws {
    try exchange(
      sending: !isLeader ? [] : others.flatMap { pieces(memory, division, of: $0, with: $0, inWhole: true) },
      receiving: isLeader ? [] : pieces(memory, division, of: rank, with: 0, inWhole: false))
  }

  /// Replaces tensors by those that rank 0 has; shapes are the same everywhere.
  ///
  /// Rank 0 sends each number once: to the rank that passes it on to the others.
  func spread(_ tensors: inout [Tensor]) throws {
    if isAlone { return }
    let division = ParameterDivision(of: tensors.map(\.count), among: rankCount, bucketing: bucketLength)
    let memory = tensors.indices.map { index in
      let whole = tensors[index].memoryForExchange
      return DividedMemory(
        tensor: index, part: whole + division.range(of: index, for: rank).lowerBound, whole: whole)
    }
    try scatter(memory, divided: division)
    try collect(memory, divided: division, at: Array(0..<rankCount))
  }

  /// Gives all ranks the values that a network's parameters have on rank 0.
  package func spread(_ model: any SegmentationModel) throws {
    let parameters = model.parameters
    var values = parameters.map(\.value)
    try spread(&values)
    for (parameter, value) in zip(parameters, values) { parameter.value = value }
  }
}

extension Tensor {
  /// The elements, in memory that no other tensor shares. They stay there until the tensor is changed or released,
  /// which nobody does before an exchange has ended.
  var memoryForExchange: UnsafeMutablePointer<Float> {
    mutating get {
      withUnsafeMutableBufferPointer { elements in
        guard let start = elements.baseAddress else { preconditionFailure("Tensor: no memory") }
        return start
      }
    }
  }
}
