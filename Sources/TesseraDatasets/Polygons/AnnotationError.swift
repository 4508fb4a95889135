import Foundation
import TesseraFiles

/// What is wrong with a file of outlines.
public struct AnnotationError: Error, Sendable, Equatable {
  /// The path.
  public let file: String

  /// Everything that is wrong, each with its place in the file.
  public let problems: [String]

  init(_ file: String, _ problems: [String]) { (self.file, self.problems) = (file, problems) }
}

extension AnnotationError: CustomStringConvertible, LocalizedError {
  public var description: String {
    if problems.count == 1 { return "\(file): \(problems[0])" }
    let shown = 10
    return "\(file): \(problems.count) problems:" + problems.prefix(shown).map { "\n  \($0)" }.joined()
      + (problems.count > shown ? "\n  and \(problems.count - shown) more" : "")
  }

  public var errorDescription: String? { description }
}

/// Files of other programs that hold JSON.
enum JSONFile {
  /// Those of the largest data sets have 1.2 GB.
  private static let limit = 1 << 31
  private static let smallLimit = 1 << 26

  /// - Throws: `AnnotationError`, which says where the file is broken.
  static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws(AnnotationError) -> Value {
    do {
      let bytes = try RegularFile.bytes(of: path, atMost: limit)
      if bytes.isEmpty { throw AnnotationError(path, ["the file is empty"]) }
      do {
        return try JSONDecoder().decode(type, from: Data(bytes))
      } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
        throw AnnotationError(path, ["is not valid JSON\(fault(in: bytes)); export or copy it again"])
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
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return (context.codingPath.isEmpty ? "the whole " : place(context.codingPath)) + "has a value of the wrong kind"
    @unknown default: return "is of an unknown kind"
    }
  }

  /// Where a file is broken. The decoder does not say it, the older parser does, but takes too much memory for large files.
  private static func fault(in bytes: [UInt8]) -> String {
    let ends: Set<UInt8> = [UInt8(ascii: "}"), UInt8(ascii: "]")]
    if let last = bytes.last(where: { $0 > 32 }), !ends.contains(last) { return ": it ends early" }
    guard bytes.count <= smallLimit else { return "" }
    do {
      _ = try JSONSerialization.jsonObject(with: Data(bytes))
      return ""
    } catch {
      // Invalid value around character 15; or: Unexpected end of file during JSON parse.
      let text = (error as NSError).userInfo["NSDebugDescription"] as? String ?? ""
      guard let place = text.firstMatch(of: /character (\d+)/).flatMap({ Int($0.1) }), place <= bytes.count else {
        return text.contains("end of file") ? ": it ends early" : ""
      }
      let newline = UInt8(ascii: "\n")
      let line = bytes[..<place].count { $0 == newline } + 1
      let start = bytes[..<place].lastIndex(of: newline).map { $0 + 1 } ?? 0
      return " at line \(line), column \(place - start + 1)"
    }
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
