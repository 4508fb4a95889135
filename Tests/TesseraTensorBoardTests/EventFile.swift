import Foundation
import SwiftProtobuf
import TesseraTensorBoard
import Testing

/// An event file as a reader sees it, which checks every length and checksum.
struct EventFile {
  let events: [Tensorboard_Event]

  init(_ path: String) throws {
    var rest = [UInt8](try Data(contentsOf: URL(filePath: path)))[...]
    var events: [Tensorboard_Event] = []
    while !rest.isEmpty {
      let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      try #require(rest.count >= 16 + length, "the file is cut short")
      let data = Array(rest.dropFirst(12).prefix(length))
      #expect(Array(rest.prefix(16 + length)) == EventRecord.framing(data))
      events.append(try Tensorboard_Event(serializedBytes: data))
      rest = rest.dropFirst(16 + length)
    }
    self.events = events
  }

  /// All event files of a folder as TensorBoard joins them: in the order of their names, without what a later start
  /// voids.
  static func joined(in folder: String) throws -> [Tensorboard_Event] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.contains("tfevents") }.sorted()
    var shown: [Tensorboard_Event] = []
    for name in names {
      for event in try EventFile("\(folder)/\(name)").events {
        if case .sessionLog = event.what {
          shown.removeAll {
            $0.step >= event.step && $0.what.map { if case .summary = $0 { true } else { false } } ?? false
          }
        }
        shown.append(event)
      }
    }
    return shown
  }
}

extension [Tensorboard_Event] {
  /// The summaries of one name with their steps.
  func values(_ tag: String) -> [(step: Int, value: Tensorboard_Summary.Value)] {
    flatMap { event in event.summary.value.filter { $0.tag == tag }.map { (Int(event.step), $0) } }
  }

  /// The points of a curve.
  func curve(_ tag: String) -> [Int: Float] {
    Dictionary(values(tag).map { ($0.step, $0.value.tensor.floats[0]) }) { first, _ in
      Issue.record("\(tag) has two points in one step")
      return first
    }
  }

  var tags: Set<String> { Set<String>(flatMap { $0.summary.value.map(\.tag) }) }
}

extension Tensorboard_TensorProto {
  var floats: [Float] { tensorContent.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }
  var doubles: [Double] { tensorContent.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) } }
  var lengths: [Int] { tensorShape.dim.map { Int($0.size) } }
}

/// Calls `body` with an empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(
  isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.path)
}
