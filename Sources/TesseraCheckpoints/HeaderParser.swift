/// Reads the JSON of a safetensors header: names with type, shape and offsets, and a map of strings.
///
/// The grammar is small and fixed, so this is not a general JSON reader: there is no recursion that a hostile file
/// could deepen, and duplicate names, which general readers silently drop, are errors.
struct HeaderParser {
  struct Entry {
    let name: String
    let type: String
    let shape: [Int]
    let offsets: [Int]
  }

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]

  init(_ bytes: [UInt8], file: String) throws(SafeTensorsError) {
    self.bytes = bytes
    self.file = file
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw .invalidHeader(file: file, reason: "the header is not valid UTF-8")
    }
    var names: Set<String> = []
    try object { parser, key throws(SafeTensorsError) in
      if !names.insert(key).inserted { throw .duplicateName(file: parser.file, name: key) }
      if key == SafeTensors.metadataKey {
        parser.metadata = try parser.stringMap()
      } else {
        parser.entries.append(try parser.entry(named: key))
      }
    }
    skipSpace()
    if position != bytes.count { throw fault("something follows the JSON object") }
  }

  private mutating func entry(named name: String) throws(SafeTensorsError) -> Entry {
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { parser, key throws(SafeTensorsError) in
      switch key {
      case "dtype" where type == nil: type = try parser.string()
      case "shape" where shape == nil: shape = try parser.integers()
      case "data_offsets" where offsets == nil: offsets = try parser.integers()
      default: throw parser.fault("unexpected key '\(key)' in tensor '\(name)'")
      }
    }
    guard let type, let shape, let offsets, offsets.count == 2 else {
      throw fault("tensor '\(name)' needs a dtype, a shape and two data_offsets")
    }
    return Entry(name: name, type: type, shape: shape, offsets: offsets)
  }

  private mutating func stringMap() throws(SafeTensorsError) -> [String: String] {
    var map: [String: String] = [:]
    try object { parser, key throws(SafeTensorsError) in
      if map.updateValue(try parser.string(), forKey: key) != nil {
        throw .duplicateName(file: parser.file, name: key)
      }
    }
    return map
  }

  private mutating func object(
    _ member: (inout HeaderParser, String) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    try expect("{")
    if accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while accept(",")
    try expect("}")
  }

  private mutating func integers() throws(SafeTensorsError) -> [Int] {
    var values: [Int] = []
    try expect("[")
    if accept("]") { return values }
    repeat { values.append(try integer()) } while accept(",")
    try expect("]")
    return values
  }

  private mutating func integer() throws(SafeTensorsError) -> Int {
    skipSpace()
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    let digits = bytes[start..<position]
    guard let value = Int(String(decoding: digits, as: UTF8.self)),
      digits.count == 1 || digits.first != UInt8(ascii: "0")
    else { throw fault("a whole number is expected") }
    return value
  }

  private mutating func string() throws(SafeTensorsError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"): text.append(contentsOf: try escape().utf8)
      case 0..<0x20: throw fault("a control character inside a string")
      default: text.append(byte)
      }
    }
    throw fault("a string has no end")
  }

  private mutating func escape() throws(SafeTensorsError) -> String {
    guard position < bytes.count else { throw fault("a string has no end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hexadecimalUnit()
      guard unit & 0xFC00 == 0xD800 else { return try character([unit]) }
      guard bytes[position...].starts(with: "\\u".utf8) else { throw fault("half of a surrogate pair") }
      position += 2
      return try character([unit, try hexadecimalUnit()])
    default: throw fault("an unknown escape in a string")
    }
  }

  private func character(_ units: [UInt16]) throws(SafeTensorsError) -> String {
    guard let text = String(validating: units, as: UTF16.self) else { throw fault("half of a surrogate pair") }
    return text
  }

  private mutating func hexadecimalUnit() throws(SafeTensorsError) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    let isHexadecimal = digits.count == 4 && digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    guard isHexadecimal, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
      throw fault("four hexadecimal digits are expected")
    }
    position += 4
    return unit
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(SafeTensorsError) {
    if !accept(character) { throw fault("'\(character)' is expected") }
  }

  private func fault(_ reason: String) -> SafeTensorsError {
    .invalidHeader(file: file, reason: "\(reason) at byte \(position) of the header")
  }
}
