import Foundation
import TesseraFiles

/// Reads a file of JSON objects, one per line, repeatedly: each time only what was added since.
///
/// It holds one line at a time, whatever the file's length. A malformed line costs only that line:
/// see ``firstFault``.
struct LineReader {
  /// A line that was skipped, counted from 1.
  struct Fault: Equatable {
    let line: Int
    let reason: String
  }

  private let path: String
  /// Where the next line begins.
  private var offset = 0
  private var linesRead = 0
  /// The number of lines skipped.
  private(set) var faults = 0
  private(set) var firstFault: Fault?

  /// The number of bytes read at once.
  private static let block = 1 << 20
  /// No line of a run is longer, even with thousands of classes.
  private static let longestLine = 64 << 20

  init(path: String) { self.path = path }

  /// Calls `body` with each new line; what it throws makes the line a fault.
  ///
  /// A last line without an end that cannot be read was cut off when its run died, or is still being written: it is
  /// skipped, and read again the next time.
  /// - Throws: `FileError`; lines that were read before stay read.
  mutating func readLines(_ body: (Data) throws -> Void) throws(FileError) {
    let file = try RegularFile(path)
    var (line, end) = (Data(), offset)
    while true {
      let bytes = try file.bytes(from: end, atMost: Self.block)
      if bytes.isEmpty { break }
      end += bytes.count
      var start = bytes.startIndex
      while let stop = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
        line.append(contentsOf: bytes[start..<stop])
        take(line, body)
        line.removeAll(keepingCapacity: line.count < Self.block)
        start = stop + 1
        offset = end - (bytes.endIndex - start)
      }
      // What is kept of an overlong line shows that it is too long.
      if line.count <= Self.longestLine { line.append(contentsOf: bytes[start...]) }
    }
    // Its end counts it, whenever that comes.
    if !Self.isBlank(line), line.count <= Self.longestLine, (try? body(line)) != nil { offset = end }
  }

  private mutating func take(_ line: Data, _ body: (Data) throws -> Void) {
    linesRead += 1
    if Self.isBlank(line) { return }
    do {
      guard line.count <= Self.longestLine else { throw TooLong() }
      try body(line)
    } catch {
      faults += 1
      if firstFault == nil { firstFault = Fault(line: linesRead, reason: Self.reason(of: error, in: line)) }
    }
  }

  private struct TooLong: Error {}

  private static func isBlank(_ line: Data) -> Bool { line.allSatisfy { $0 == 32 || $0 == 13 } }

  private static func reason(of error: any Error, in line: Data) -> String {
    if error is TooLong { return "it is longer than \(longestLine >> 20) MB" }
    guard case .object? = try? JSONDecoder().decode(JSONValue.self, from: line) else {
      return "it is not a JSON object"
    }
    return (error as? DecodingError)?.reason ?? "a value is of the wrong kind"
  }
}
