import Foundation

extension RankGroup {
  /// What a rank says when all come together: what it found, or why it found nothing.
  private struct Word<Value: Codable>: Codable {
    /// One, which may be `nil`, unless it failed.
    var found: [Value] = []
    var failure: String?
    var leavesWeightsSound = true
    var isCancelled = false
    var isOutOfTime = false
    /// Of rank 0: what it says is a call, which the others answer before they agree.
    var calls = false
  }

  /// Nothing to say, except that it went well.
  package struct Done: Codable {}

  /// Brings the outcome of what ranks did by themselves together: all go on if it went well everywhere, and otherwise
  /// all throw.
  ///
  /// - Parameter answer: what this rank does when rank 0 calls first.
  /// - Returns: what each rank found, in their order.
  /// - Throws: this rank's own error if it is that of the lowest rank that failed, on the other ranks
  ///   `RankError.failed`; `CancellationError` on all ranks if some were cancelled and none failed; else `TimeIsUp` if
  ///   rank 0's outcome is that.
  package func agree<Value: Codable>(
    on outcome: Result<Value, any Error>,
    answering answer: () throws -> Void = { preconditionFailure("RankGroup: rank 0 calls, and nobody expects it") }
  ) throws -> [Value] {
    if isAlone { return [try outcome.get()] }
    var word = Word<Value>()
    switch outcome {
    case .success(let value): word.found = [value]
    case .failure(is CancellationError): word.isCancelled = true
    case .failure(is TimeIsUp): word.isOutOfTime = true
    case .failure(let error):
      // What broke the exchange cannot be told through it.
      if isBroken { throw error }
      word.failure = if case RankError.failed(rank, let own, _) = error { own } else { RankError.text(error) }
      word.leavesWeightsSound = RankError.leavesWeightsSound(error)
    }
    func said() throws -> [Word<Value>] {
      try messages(Self.encoded(word)).map { try Self.decoded(Word<Value>.self, from: $0) }
    }
    var words = try said()
    while words[0].calls {
      try answer()
      words = try said()
    }
    if let failed = words.firstIndex(where: { $0.failure != nil }) {
      setOver(true)
      if failed == rank { _ = try outcome.get() }
      throw RankError.failed(
        rank: failed, message: words[failed].failure ?? "", leavesWeightsSound: words[failed].leavesWeightsSound)
    }
    if words.contains(where: \.isCancelled) {
      setOver(true)
      throw CancellationError()
    }
    if words[0].isOutOfTime { throw TimeIsUp() }
    return words.flatMap(\.found)
  }

  /// The same for what throws or returns nothing.
  package func agree(_ body: () throws -> Void) throws {
    _ = try agree(on: Result { try body() }.map { Done() })
  }

  /// On rank 0: has all others do what they answer, before whatever they are about to agree on.
  func call() throws {
    if !isAlone { _ = try messages(Self.encoded(Word<Done>(calls: true))) }
  }

  /// What rank 0 found, for all ranks; the others' bodies are not called.
  package func leading<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    if isLeader {
      let value = Result { try body() }
      return try agree(on: value.map { Optional($0) })[0] ?? value.get()
    }
    guard let value = try agree(on: Result<Value?, any Error>.success(nil))[0] else {
      throw RankError.failed(rank: 0, message: "it sent nothing", leavesWeightsSound: true)
    }
    return value
  }

  /// Tells the other ranks, which are about to agree on something, why this one ends.
  ///
  /// - Parameter message: the reason, in the words for users.
  package func tellFailure(_ message: String) {
    if isAlone || isOver || isBroken { return }
    _ = try? agree(
      on: Result<Done, any Error>.failure(RankError.failed(rank: rank, message: message, leavesWeightsSound: true)))
  }

  // Losses may be infinite.
  private static func encoded(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return [UInt8](try encoder.encode(value))
  }

  private static func decoded<Value: Decodable>(_: Value.Type, from bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(Value.self, from: Data(bytes))
  }
}
