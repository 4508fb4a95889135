import Foundation
import TesseraCheckpoints
import TesseraTensors
import Testing

/// What a run's folder holds that must not depend on threads, interruptions or the time of day.
struct Evidence: Equatable {
  let last: [String: [UInt32]]
  let best: [String: [UInt32]]
  let metrics: [String]
  let validation: Data
  let pictures: Data

  init(_ folder: String) throws {
    func bits(_ name: String) throws -> [String: [UInt32]] {
      let file = try SafeTensors(contentsOf: "\(folder)/checkpoints/\(name).safetensors")
      return try Dictionary(
        uniqueKeysWithValues: file.names.filter { file.entries[$0]?.type == .float32 }.map {
          ($0, try file.tensor($0).scalars.map(\.bitPattern))
        })
    }
    (last, best) = (try bits("last"), try bits("best"))
    (validation, pictures) = (
      try contents(folder + "/validation.jsonl"), try contents(folder + "/report-pictures.json")
    )
    metrics = try objects(String(decoding: contents(folder + "/metrics.jsonl"), as: UTF8.self)).map { object in
      let figures = object.filter { $0.key != "seconds" && $0.key != "dataSeconds" }
      return String(
        decoding: try JSONSerialization.data(withJSONObject: figures, options: .sortedKeys), as: UTF8.self)
    }
  }
}
