/// Counts the messages of an ONNX file before it is decoded: an empty node takes two bytes in a file and hundreds in
/// memory.
struct MessageCount {
  /// The kinds of messages that contain others.
  private enum Kind { case model, graph, node, attribute, tensor, other }

  /// More than any network has; the largest in use have some ten thousand nodes.
  static let most = 1 << 19
  private static let mostNested = 16
  private var count = 0

  /// - Throws: `ONNXImportError` if the bytes are no such messages, or too many.
  static func check(_ bytes: [UInt8]) throws(ONNXImportError) {
    var counter = MessageCount()
    try counter.add(bytes[...], .model, depth: 0)
  }

  private mutating func add(_ bytes: ArraySlice<UInt8>, _ kind: Kind, depth: Int) throws(ONNXImportError) {
    guard depth < Self.mostNested else { throw ONNXImportError("it has graphs within graphs within graphs, too deep") }
    var rest = bytes
    while !rest.isEmpty {
      let tag = try Self.number(&rest)
      switch tag & 7 {
      case 0: _ = try Self.number(&rest)
      case 1: try Self.skip(8, &rest)
      case 5: try Self.skip(4, &rest)
      case 2:
        let length = try Self.number(&rest)
        guard length <= UInt64(rest.count) else { throw Self.damage }
        let part = rest.prefix(Int(length))
        rest = rest.dropFirst(Int(length))
        guard let inner = Self.kind(of: tag >> 3, in: kind) else { continue }
        count += 1
        guard count <= Self.most else { throw ONNXImportError("it has more than \(Self.most) nodes and values") }
        if inner != .other { try add(part, inner, depth: depth + 1) }
      default: throw Self.damage
      }
    }
  }

  /// What the length-delimited field of this number is; `nil` for text and numbers.
  private static func kind(of field: UInt64, in kind: Kind) -> Kind? {
    switch (kind, field) {
    case (.model, 7), (.attribute, 6), (.attribute, 11): .graph
    case (.graph, 1): .node
    case (.graph, 5), (.attribute, 5), (.attribute, 10): .tensor
    case (.node, 5): .attribute
    case (.model, 8), (.model, 14), (.model, 25), (.graph, 11...15), (.tensor, 13): .other
    default: nil
    }
  }

  private static var damage: ONNXImportError { ONNXImportError("it is no ONNX file, or a damaged one") }

  private static func number(_ rest: inout ArraySlice<UInt8>) throws(ONNXImportError) -> UInt64 {
    var (value, shift): (UInt64, UInt64) = (0, 0)
    while let byte = rest.popFirst() {
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
      if shift > 63 { break }
    }
    throw damage
  }

  private static func skip(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws(ONNXImportError) {
    guard rest.count >= count else { throw damage }
    rest = rest.dropFirst(count)
  }
}
