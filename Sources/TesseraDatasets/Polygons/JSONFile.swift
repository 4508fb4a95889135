import Foundation
import TesseraFiles

/// Files of other programs that hold JSON.
enum JSONFile {
  /// Those of the largest data sets have 1.2 GB.
  private static let limit = 1 << 31

  /// - Throws: `AnnotationError`, which says where the file is broken.
  static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws(AnnotationError) -> Value {
    do {
      var bytes = try RegularFile.bytes(of: path, atMost: limit)
      bytes.removeFirst(RegularFile.byteOrderMarkLength(of: bytes))
      if bytes.allSatisfy({ $0 <= 32 }) { throw AnnotationError(path, ["the file is empty; export or copy it again"]) }
      do {
        return try JSONDecoder().decode(type, from: Data(bytes))
      } catch DecodingError.dataCorrupted(let context) {
        // Values are looked at when they are needed: a text may be broken in a file that the decoder could read.
        guard let fault = fault(in: bytes) ?? (context.codingPath.isEmpty ? "" : nil) else {
          throw DecodingError.dataCorrupted(context)
        }
        throw AnnotationError(path, ["is not valid JSON\(fault); export or copy it again"])
      }
    } catch let error as AnnotationError {
      throw error
    } catch let error as FileError {
      throw AnnotationError(path, ["cannot be read: \(error.reason)"])
    } catch let error as DecodingError {
      throw AnnotationError(path, [reason(of: error)])
    } catch {
      throw AnnotationError(path, ["cannot be read: \(error)"])
    }
  }

  private static func reason(of error: DecodingError) -> String {
    switch error {
    case .dataCorrupted(let context): return place(context.codingPath) + context.debugDescription
    case .keyNotFound(let key, let context): return place(context.codingPath) + "\"\(key.stringValue)\" is missing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let found = context.debugDescription.firstMatch(of: /found (?:an? )?(\w+)/).map { kind(String($0.1)) }
      let what = found.map { "holds \($0), where \(kind("\(type)")) is expected" } ?? "has a value of the wrong kind"
      return (context.codingPath.isEmpty ? "the file " : place(context.codingPath)) + what
    @unknown default: return "is of an unknown kind"
    }
  }

  /// A kind of value in JSON's words, from the decoder's or Swift's.
  private static func kind(_ word: String) -> String {
    let words: KeyValuePairs = [
      "array": "a list", "dictionary": "an object", "string": "a text", "bool": "true or false",
      "int": "a whole number",
      "double": "a number", "number": "a number", "null": "null",
    ]
    return words.first { word.lowercased().hasPrefix($0.key) }?.value ?? "another kind of value"
  }

  /// Where a file is broken, and how.
  private static func fault(in bytes: [UInt8]) -> String? {
    guard let fault = JSONFault.find(in: bytes) else { return nil }
    let newline = UInt8(ascii: "\n")
    let before = bytes[..<min(fault.offset, bytes.count)]
    let column = before.count - (before.lastIndex(of: newline).map { $0 + 1 } ?? 0) + 1
    return " at line \(before.count { $0 == newline } + 1), column \(column): \(fault.reason)"
  }

  /// `annotations[3].segmentation: `.
  private static func place(_ path: [any CodingKey]) -> String {
    if path.isEmpty { return "" }
    let text = path.reduce("") { text, key in
      text + (key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? "" : ".") + key.stringValue)
    }
    return "\(text): "
  }
}

/// A number or text that identifies something; files of several programs have both.
struct AnnotationIdentifier: Decodable, Hashable, CustomStringConvertible {
  let description: String

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    description = try (try? value.decode(Int.self)).map(String.init) ?? value.decode(String.self)
  }
}
