import Foundation
import TesseraFiles
import TesseraTensors

/// Reads a file of JSON objects, one a line, again and again: each time only what was added since.
struct LineReader {
  private let path: String
  private var offset: UInt64 = 0
  private var linesRead = 0

  init(path: String) { self.path = path }

  /// Calls `body` with each new line.
  ///
  /// A last line without an end that cannot be read was cut off when its run died, or is still being written: it is
  /// passed over.
  /// - Throws: `RunRecordError.unreadable`, or `RunRecordError.badLine` with what `body` throws.
  mutating func readLines(_ body: (Data) throws -> Void) throws(RunRecordError) {
    let data = try newBytes()
    var start = data.startIndex
    while start < data.endIndex {
      let end = data[start...].firstIndex(of: UInt8(ascii: "\n"))
      let line = Data(data[start..<(end ?? data.endIndex)])
      if !line.allSatisfy({ $0 == 32 || $0 == 13 }) {
        do {
          try body(line)
        } catch {
          if end == nil { return }
          throw .badLine(path, line: linesRead + 1, reason: Self.reason(of: error, in: line))
        }
      }
      start = end.map { $0 + 1 } ?? data.endIndex
      offset += UInt64(line.count) + (end == nil ? 0 : 1)
      linesRead += end == nil ? 0 : 1
    }
  }

  private func newBytes() throws(RunRecordError) -> Data {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      try file.seek(toOffset: offset)
      return try file.readToEnd() ?? Data()
    } catch {
      throw .unreadable(path, reason: systemReason(of: error))
    }
  }

  private static func reason(of error: any Error, in line: Data) -> String {
    guard case .object? = try? JSONDecoder().decode(JSONValue.self, from: line) else { return "it is no JSON object" }
    switch error as? DecodingError {
    case .keyNotFound(let key, _): return "\"\(key.stringValue)\" is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\"\(context.codingPath.first?.stringValue ?? "")\" has a value of the wrong kind"
    // A fraction where a whole number belongs is told without its name.
    default: return "a value is of the wrong kind"
    }
  }
}
