import Foundation

/// Reads the lines of a `metrics.jsonl`.
enum MetricsReader {
  private struct Event: Decodable {
    let event: String
  }

  /// - Parameter path: names the file in errors.
  /// - Returns: steps and epochs in their order; other events are passed over. A last line without an end that cannot
  ///   be read was cut off when its run died, and is left out.
  /// - Throws: `RunRecordError.badLine`.
  static func read(
    _ data: Data, of path: String
  ) throws(RunRecordError) -> (steps: [RunRecord.Step], epochs: [RunRecord.Epoch]) {
    var steps: [RunRecord.Step] = []
    var epochs: [RunRecord.Epoch] = []
    let newline = UInt8(ascii: "\n")
    let lines = data.split(separator: newline, omittingEmptySubsequences: false)
    let decoder = JSONDecoder()
    for (index, line) in lines.enumerated() where !line.allSatisfy({ $0 == 32 || $0 == 13 }) {
      do {
        let line = Data(line)
        switch try decoder.decode(Event.self, from: line).event {
        case "step": steps.append(try decoder.decode(RunRecord.Step.self, from: line))
        case "epoch": epochs.append(try decoder.decode(RunRecord.Epoch.self, from: line))
        default: break
        }
      } catch {
        if index == lines.count - 1 { break }
        throw .badLine(path, line: index + 1, reason: reason(of: error, in: Data(line)))
      }
    }
    return (steps, epochs)
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
