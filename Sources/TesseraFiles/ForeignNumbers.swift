// The one place where numbers from JSON files are read. All code that decodes files that others may have written or
// damaged goes through here, so that no number can later trap in a conversion, a sum or an allocation.
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
    let value = try number(Int.self, key, "\(range.lowerBound)...\(range.upperBound)")
    guard range.contains(value) else { throw outside(key, "\(value)", "\(range.lowerBound)...\(range.upperBound)") }
    return value
  }

  /// A number in `range`, which by default excludes values that no measurement gives.
  package func real(_ key: Key, in range: ClosedRange<Double> = -1e15...1e15) throws -> Double {
    let value = try number(Double.self, key, "\(range.lowerBound)...\(range.upperBound)")
    guard range.contains(value) else { throw outside(key, "\(value)", "\(range.lowerBound)...\(range.upperBound)") }
    return value
  }

  /// A number in `range`, converted directly from the text: by way of a `Double` it would be rounded twice.
  package func float(
    _ key: Key, in range: ClosedRange<Float> = -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude
  ) throws -> Float {
    let value = try number(Float.self, key, "\(range.lowerBound)...\(range.upperBound)")
    guard range.contains(value) else { throw outside(key, "\(value)", "\(range.lowerBound)...\(range.upperBound)") }
    return value
  }

  /// Like `count(_:upTo:)`, but `nil` if there is none.
  package func countIfPresent(_ key: Key, upTo limit: Int = 1 << 53) throws -> Int? {
    try isPresent(key) ? count(key, upTo: limit) : nil
  }

  /// Like `real(_:in:)`, but `nil` if there is none.
  package func realIfPresent(_ key: Key, in range: ClosedRange<Double> = -1e15...1e15) throws -> Double? {
    try isPresent(key) ? real(key, in: range) : nil
  }

  /// Like `float(_:in:)`, but `nil` if there is none.
  package func floatIfPresent(
    _ key: Key, in range: ClosedRange<Float> = -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude
  ) throws -> Float? {
    try isPresent(key) ? float(key, in: range) : nil
  }

  /// A number that the type cannot hold is also outside the range; the decoder would not name it.
  private func number<Number: Decodable>(_ type: Number.Type, _ key: Key, _ range: String) throws -> Number {
    do {
      return try decode(type, forKey: key)
    } catch {
      // The error that Foundation throws for a number that does not fit does not name it.
      if let value = try? decode(Double.self, forKey: key) {
        if Number.self == Int.self && value != value.rounded() {
          throw refused(key, "\(value), which is not a whole number")
        }
        throw outside(key, "\(value)", range)
      }
      throw error is DecodingError ? error : outside(key, "too large", range)
    }
  }

  private func isPresent(_ key: Key) throws -> Bool { try contains(key) && !decodeNil(forKey: key) }

  private func outside(_ key: Key, _ value: String, _ range: String) -> DecodingError {
    refused(key, "\(value), which lies outside \(range)")
  }

  private func refused(_ key: Key, _ what: String) -> DecodingError {
    .dataCorruptedError(forKey: key, in: self, debugDescription: "\"\(key.stringValue)\" is \(what)")
  }
}

extension DecodingError {
  /// What is wrong with the file, in one line that names what it is about.
  package var reason: String {
    switch self {
    // Without a path to a value it is the decoder's own message, which names none.
    case .dataCorrupted(let context) where context.codingPath.isEmpty:
      "it is not JSON, or has a number that no type can hold"
    // Swift's own message for a raw value that an enumeration has no case for.
    case .dataCorrupted(let context) where context.debugDescription.hasPrefix("Cannot initialize"):
      "\"\(context.codingPath.last?.stringValue ?? "")\" has an invalid value"
    case .dataCorrupted(let context): context.debugDescription
    case .keyNotFound(let key, _): "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\"\(context.codingPath.last?.stringValue ?? "the whole")\" has a value of the wrong kind"
    @unknown default: "it is of another version or damaged"
    }
  }
}
