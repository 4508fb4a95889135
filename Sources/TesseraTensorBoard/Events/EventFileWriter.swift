import Foundation
import SwiftProtobuf
import TesseraFiles
import TesseraTraining

/// Writes an event file, which TensorBoard shows as a run while it grows.
///
/// ```swift
/// let events = try EventFileWriter(in: "runs/mine")
/// try events.add([.scalar("loss", loss), .histogram("weights/filter", Histogram(of: filter))], step: step)
/// ```
/// A run is a folder. TensorBoard joins all event files of a folder in the order of their names; a writer creates a new
/// one, and says from which step on the earlier ones are void.
public final class EventFileWriter {
  /// The file.
  public let path: String
  private let file: GrowingFile

  /// Creates a file in `folder`.
  ///
  /// - Parameters:
  ///   - folder: created if missing.
  ///   - firstStep: what the folder's earlier files hold from this step on is no longer shown.
  /// - Throws: `TrainingError.unwritable`.
  public init(in folder: String, goingOnFrom firstStep: Int = 0) throws {
    try makeWritableFolder(folder)
    path = "\(folder)/\(EventFileName(in: folder).name)"
    file = try TrainingError.writing(try GrowingFile(path, isNew: true))
    var version = Tensorboard_Event()
    version.fileVersion = "brain.Event:2"
    version.sourceMetadata.writer = "tessera"
    var start = Tensorboard_Event()
    start.sessionLog.status = .start
    start.step = Int64(firstStep)
    do {
      try write([version, start])
    } catch {
      // Otherwise every attempt would leave another empty file.
      removeFile(path)
      throw error
    }
  }

  /// Adds what is shown of a step.
  ///
  /// - Parameters:
  ///   - summaries: under distinct tags.
  ///   - step: counted from 1 over the run; 0 for what holds before the first one.
  /// - Throws: `TrainingError.unwritable`.
  public func add(_ summaries: [EventSummary], step: Int) throws {
    var event = Tensorboard_Event()
    event.step = Int64(step)
    event.summary.value = summaries.map(\.value)
    try write([event])
  }

  /// Adds the picture of a network.
  ///
  /// - Throws: `TrainingError.unwritable`.
  func add(_ graph: Tensorboard_GraphDef) throws {
    var event = Tensorboard_Event()
    event.graphDef = try graph.serializedData()
    try write([event])
  }

  /// All at once, so a reader sees whole events; those for which there is no room leave nothing behind.
  private func write(_ events: [Tensorboard_Event]) throws {
    let time = Date().timeIntervalSince1970
    var bytes: [UInt8] = []
    for var event in events {
      event.wallTime = time
      bytes += EventRecord.framing(try event.serializedBytes())
    }
    try TrainingError.writing(try file.append(bytes))
  }
}
