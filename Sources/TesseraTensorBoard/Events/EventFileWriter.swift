import Foundation
import SwiftProtobuf
import TesseraFiles
import TesseraTensors
import TesseraTraining

/// Writes an event file, which TensorBoard shows as a run while it grows.
///
/// ```swift
/// let events = try EventFileWriter(in: "runs/mine")
/// try events.add([.scalar("loss", loss), .histogram("weights/filter", Histogram(of: filter))], step: step)
/// ```
/// A run is a folder. TensorBoard joins all event files of a folder in the order of their names; a writer makes a new
/// one, and says from which step on those before it are void.
public final class EventFileWriter {
  /// The file.
  public let path: String
  private let file: FileHandle

  /// Makes a file in `folder`.
  ///
  /// - Parameters:
  ///   - folder: is made where it is missing.
  ///   - firstStep: what the folder's former files hold of this step and later ones is not shown any more.
  /// - Throws: `TrainingError.unwritable`.
  public init(in folder: String, goingOnFrom firstStep: Int = 0) throws {
    try makeWritableFolder(folder)
    path = "\(folder)/\(EventFileName(in: folder).name)"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw TrainingError.unwritable(path: path, reason: String(cString: strerror(errno)))
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var version = Tensorboard_Event()
    version.fileVersion = "brain.Event:2"
    version.sourceMetadata.writer = "tessera"
    var start = Tensorboard_Event()
    start.sessionLog.status = .start
    start.step = Int64(firstStep)
    try write([version, start])
  }

  /// Adds what a step is told by.
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

  /// All at once, so that a reader sees whole events.
  private func write(_ events: [Tensorboard_Event]) throws {
    let time = Date().timeIntervalSince1970
    var bytes = Data()
    for var event in events {
      event.wallTime = time
      bytes += EventRecord.framing(try event.serializedBytes())
    }
    do {
      try file.write(contentsOf: bytes)
    } catch {
      throw TrainingError.unwritable(path: path, reason: systemReason(of: error))
    }
  }
}
