/// The first place where bytes are not JSON (RFC 8259), and what is wrong there; decoders do not say it.
///
/// The text is read once and not stored, so its length does not matter.
struct JSONFault: Equatable {
  /// The number of bytes before it.
  let offset: Int
  /// What is wrong, in words that follow "at line 3, column 4".
  let reason: String

  /// Foundation's decoder reads no more lists and objects within each other.
  static let greatestDepth = 512

  /// - Returns: `nil` if the bytes are JSON.
  static func find(in bytes: [UInt8]) -> JSONFault? {
    bytes.withUnsafeBufferPointer { bytes in
      var scanner = Scanner(bytes: bytes)
      do throws(Found) {
        try scanner.scan()
        return nil
      } catch {
        return JSONFault(offset: scanner.place, reason: error.reason)
      }
    }
  }

  private struct Found: Error { let reason: String }

  private struct Scanner {
    let bytes: UnsafeBufferPointer<UInt8>
    var place = 0

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Reads a value and what it holds; `closers` are the brackets that are still open.
    mutating func scan() throws(Found) {
      var closers: [UInt8] = []
      try value(&closers)
      while let closer = closers.last {
        skipBlanks()
        if next == closer {
          place += 1
          closers.removeLast()
          continue
        }
        guard next == UInt8(ascii: ",") else { throw unexpected("a comma or \(character(closer))") }
        place += 1
        if closer == UInt8(ascii: "}") { try name() }
        try value(&closers)
      }
      skipBlanks()
      if place < bytes.count { throw unexpected("the end of the file") }
    }

    /// A value; of a list or an object what is before its first comma, and its closing bracket if it is empty.
    private mutating func value(_ closers: inout [UInt8]) throws(Found) {
      while true {
        skipBlanks()
        guard let first = next else { throw unexpected("a value") }
        switch first {
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          guard closers.count < JSONFault.greatestDepth else {
            throw Found(reason: "lists and objects lie more than \(JSONFault.greatestDepth) deep within each other")
          }
          // { and } are two apart, as are [ and ].
          closers.append(first + 2)
          place += 1
          skipBlanks()
          if next == first + 2 { return }
          if first == UInt8(ascii: "{") { try name() }
          continue
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default:
          guard let word = ["true", "false", "null"].first(where: { starts(with: $0) }) else {
            throw unexpected("a value")
          }
          place += word.utf8.count
        }
        return
      }
    }

    private mutating func name() throws(Found) {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw unexpected("a name in quotes") }
      try string()
      skipBlanks()
      guard next == UInt8(ascii: ":") else { throw unexpected("a colon") }
      place += 1
    }

    private mutating func string() throws(Found) {
      let start = place
      place += 1
      while let byte = next, byte != UInt8(ascii: "\"") {
        if byte < 32 { throw Found(reason: "a text has a line break or another control character") }
        guard byte == UInt8(ascii: "\\") else {
          place += 1
          continue
        }
        place += 1
        switch next {
        case UInt8(ascii: "u"): try unit()
        case .some(let mark) where "\"\\/bfnrt".utf8.contains(mark): place += 1
        default: throw unexpected("one of \" \\ / b f n r t u after the backslash")
        }
      }
      guard place < bytes.count else {
        place = start
        throw Found(reason: "a text has no closing quote")
      }
      place += 1
      if String(validating: bytes[start..<place], as: UTF8.self) == nil {
        place = start
        throw Found(reason: "a text is not UTF-8")
      }
    }

    /// `u` and four digits; of the first half of a surrogate pair both.
    private mutating func unit() throws(Found) {
      let start = place - 1
      let first = try digits()
      guard (0xD800..<0xE000).contains(first) else { return }
      if first < 0xDC00, starts(with: "\\u") {
        place += 1
        if (0xDC00..<0xE000).contains(try digits()) { return }
      }
      place = start
      throw Found(reason: "\\u\(String(first, radix: 16)) is half of a surrogate pair")
    }

    private mutating func digits() throws(Found) -> Int {
      let text = bytes[min(place + 1, bytes.count)..<min(place + 5, bytes.count)]
      guard text.count == 4,
        text.allSatisfy({ isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0 | 32) })
      else { throw unexpected("four hexadecimal digits after \\u") }
      place += 5
      return Int(String(decoding: text, as: UTF8.self), radix: 16) ?? 0
    }

    private mutating func number() throws(Found) {
      if next == UInt8(ascii: "-") { place += 1 }
      let start = place
      try run(of: "a digit")
      if bytes[start] == UInt8(ascii: "0"), place > start + 1 {
        place = start
        throw Found(reason: "a number begins with 0")
      }
      if next == UInt8(ascii: ".") {
        place += 1
        try run(of: "a digit after the point")
      }
      if let mark = next, mark | 32 == UInt8(ascii: "e") {
        place += 1
        if let sign = next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { place += 1 }
        try run(of: "a digit of the exponent")
      }
    }

    private mutating func run(of what: String) throws(Found) {
      guard let digit = next, isDigit(digit) else { throw unexpected(what) }
      while let digit = next, isDigit(digit) { place += 1 }
    }

    private mutating func skipBlanks() {
      while let byte = next, byte == 32 || byte == 9 || byte == 10 || byte == 13 { place += 1 }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func starts(with word: String) -> Bool { bytes[place...].starts(with: word.utf8) }

    private func character(_ byte: UInt8) -> String {
      (33...126).contains(byte) ? String(UnicodeScalar(byte)) : byte == 0 ? "a zero byte" : "byte \(byte)"
    }

    private func unexpected(_ what: String) -> Found {
      guard let next else { return Found(reason: "the file ends early") }
      return Found(reason: "\(what) should follow, not \(character(next))")
    }
  }
}
