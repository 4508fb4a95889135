import Foundation

extension RankGroup {
  /// What a rank says when all come together: what it found, or why it found nothing.
  private struct Word<Value: Codable>: Codable {
    /// One, which may be `nil`, unless it failed.
    var found: [Value] = []
    var failure: String?
    var isCancelled = false
    var leavesWeightsSound = true
  }

  /// Nothing to say, except that it went well.
  package struct Done: Codable {}

  /// Brings the outcome of what ranks did by themselves together: all go on if it went well everywhere, and otherwise
  /// all throw.
  ///
  /// - Returns: what each rank found, in their order.
  /// - Throws: this rank's own error if it is that of the lowest rank that failed, on the other ranks
  ///   `RankError.failed`; `CancellationError` on all ranks if some were cancelled and none failed.
  package func agree<Value: Codable>(on outcome: Result<Value, any Error>) throws -> [Value] {
    if isAlone { return [try outcome.get()] }
    var word = Word<Value>()
    switch outcome {
    case .success(let value): word.found = [value]
    case .failure(is CancellationError): word.isCancelled = true
    case .failure(let error):
      // What broke the exchange cannot be told through it.
      if isBroken { throw error }
      word.failure = if case RankError.failed(rank, let own, _) = error { own } else { RankError.text(error) }
      word.leavesWeightsSound = RankError.leavesWeightsSound(error)
    }
    let words = try messages(Self.encoded(word)).map { try Self.decoded(Word<Value>.self, from: $0) }
    guard words.contains(where: { $0.failure != nil || $0.isCancelled }) else { return words.flatMap(\.found) }
    setOver(true)
    if let failed = words.firstIndex(where: { $0.failure != nil }) {
      if failed == rank { _ = try outcome.get() }
      throw RankError.failed(
        rank: failed, message: words[failed].failure ?? "", leavesWeightsSound: words[failed].leavesWeightsSound)
    }
    throw CancellationError()
  }

  /// The same for what throws or returns nothing.
  package func agree(_ body: () throws -> Void) throws {
    _ = try agree(on: Result { try body() }.map { Done() })
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
