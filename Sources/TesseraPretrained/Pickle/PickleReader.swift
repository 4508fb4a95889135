/// A position in a pickle's bytes, and the numbers and texts read there.
struct PickleReader {
  let file: String
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// The next `count` bytes.
  mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else {
      throw fault("\(count) bytes are announced and \(bytes.count - position) are left")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func byte() throws -> UInt8 {
    guard position < bytes.count else { throw fault("it has no end") }
    defer { position += 1 }
    return bytes[position]
  }

  /// An unsigned number of at most 7 bytes, or of 8 where it fits.
  mutating func integer(_ width: Int) throws -> Int {
    let value = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let value = Int(exactly: value) else { throw fault("a length of \(value) bytes") }
    return value
  }

  /// A signed number of at most 8 bytes, little-endian.
  mutating func signedInteger(_ width: Int) throws -> Int {
    guard width <= 8 else { throw fault("an integer of \(width) bytes") }
    let digits = try take(width)
    let sign: UInt64 = digits.last ?? 0 < 0x80 ? 0 : .max
    return Int(bitPattern: UInt(digits.reversed().reduce(sign) { $0 << 8 | UInt64($1) }))
  }

  /// A number whose size in bytes precedes it.
  mutating func wideInteger(_ width: Int) throws -> PickleValue {
    (9...16).contains(width) ? .largeInteger(Array(try take(width))) : .integer(try signedInteger(width))
  }

  mutating func double() throws -> Double {
    Double(bitPattern: try take(8).reduce(0) { $0 << 8 | UInt64($1) })
  }

  mutating func text(_ count: Int) throws -> String {
    guard let text = String(validating: try take(count), as: UTF8.self) else { throw fault("a text is not UTF-8") }
    return text
  }

  /// The text up to the end of the line.
  mutating func line() throws -> String {
    guard let end = bytes[position...].prefix(1024).firstIndex(of: UInt8(ascii: "\n")) else {
      throw fault("a name has no end")
    }
    defer { position = end + 1 }
    return try text(end - position)
  }

  func fault(_ reason: String) -> PretrainedWeightsError {
    .damaged(file: file, place: "the pickle at byte \(position)", reason: reason)
  }
}
