// The one place where numbers of JSON files become ours: whoever decodes a file that others may have written or damaged
// asks here, so that no number can later trap in a conversion, a sum or an allocation.
extension KeyedDecodingContainer {
  /// A whole number of things: steps, pixels, bytes.
  ///
  /// - Parameter limit: far beyond what occurs, and small enough that sums of such numbers fit an `Int`.
  /// - Throws: `DecodingError`, whose description names the key, the number and the range.
  package func count(_ key: Key, upTo limit: Int = 1 << 53) throws -> Int {
    try whole(key, in: 0...limit)
  }

  /// A whole number in `range`.
  package func whole(_ key: Key, in range: ClosedRange<Int>) throws -> Int {
    let value: Int
    do {
      value = try decode(Int.self, forKey: key)
    } catch let error where !(error is DecodingError) {
      // What Foundation throws for a number that does not fit has no name for it.
      let found = try? decode(Double.self, forKey: key)
      throw corrupted(key, "is \(found.map { "\($0)" } ?? "too large"), which is no whole number in \(range)")
    }
    guard range.contains(value) else { throw outside(key, "\(value)", "\(range.lowerBound)...\(range.upperBound)") }
    return value
  }

  /// A number in `range`, which by default leaves out what no measurement gives.
  package func real(_ key: Key, in range: ClosedRange<Double> = -1e15...1e15) throws -> Double {
    let value: Double
    do {
      value = try decode(Double.self, forKey: key)
    } catch let error where !(error is DecodingError) {
      throw corrupted(key, "is a number too large to be read")
    }
    guard range.contains(value) else { throw outside(key, "\(value)", "\(range.lowerBound)...\(range.upperBound)") }
    return value
  }

  /// As `count(_:upTo:)`, and `nil` where there is none.
  package func countIfPresent(_ key: Key, upTo limit: Int = 1 << 53) throws -> Int? {
    try isPresent(key) ? count(key, upTo: limit) : nil
  }

  /// As `real(_:in:)`, and `nil` where there is none.
  package func realIfPresent(_ key: Key, in range: ClosedRange<Double> = -1e15...1e15) throws -> Double? {
    try isPresent(key) ? real(key, in: range) : nil
  }

  private func isPresent(_ key: Key) throws -> Bool { try contains(key) && !decodeNil(forKey: key) }

  private func outside(_ key: Key, _ value: String, _ range: String) -> DecodingError {
    corrupted(key, "is \(value), which lies outside \(range)")
  }

  private func corrupted(_ key: Key, _ what: String) -> DecodingError {
    .dataCorruptedError(forKey: key, in: self, debugDescription: "\"\(key.stringValue)\" \(what)")
  }
}
