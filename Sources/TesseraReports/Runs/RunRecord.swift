import Foundation
import TesseraFiles

/// What a training run left in its folder: its options and how it went, as far as it got.
///
/// Reads `config.json` and `metrics.jsonl` of any version: unknown names are ignored, absent ones are `nil`.
/// `validation.jsonl`, `status.json` and `report-pictures.json` are read if they exist. A damaged line of a long run is
/// skipped rather than the run: see ``notes``.
public struct RunRecord: Sendable {
  /// The folder.
  public let path: String
  public let options: RunOptions
  public private(set) var steps: [Step] = []
  public private(set) var epochs: [Epoch] = []
  /// One for each epoch; none if the run did not record them.
  public private(set) var validations: [Validation] = []
  /// `nil` if the run does not say.
  public private(set) var status: RunStatus?
  /// `nil` if the run kept none.
  public private(set) var pictures: ReportPictures?
  /// What is missing from the record, and why: a sentence for each damaged file.
  public private(set) var notes: [String] = []

  private var metricsReader: LineReader
  private var validationReader: LineReader

  /// Reads a run's folder.
  ///
  /// - Throws: `RunRecordError`.
  public init(contentsOf folder: String) throws(RunRecordError) {
    guard isFolder(folder) else { throw isFile(folder) ? .notAFolder(folder) : .noFolder(folder) }
    let files = [RunFiles.configuration, RunFiles.metrics]
    let missing = files.filter { !FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    guard missing.isEmpty else { throw .notARun(folder, missing: missing) }
    path = folder
    options = try Self.options(at: "\(folder)/\(RunFiles.configuration)")
    metricsReader = LineReader(path: "\(folder)/\(RunFiles.metrics)")
    validationReader = LineReader(path: "\(folder)/\(RunFiles.validation)")
    try update()
  }

  /// Reads what was added to the folder's files since the last time.
  ///
  /// - Throws: `RunRecordError`: `metrics.jsonl` cannot be read, or no line of it makes sense.
  mutating func update() throws(RunRecordError) {
    let decoder = JSONDecoder()
    var (steps, epochs, validations) = ([Step](), [Epoch](), [Validation]())
    do {
      try metricsReader.readLines { line in
        switch try decoder.decode(MetricsLine.self, from: line) {
        case .step(let step): steps.append(step)
        case .epoch(let epoch): epochs.append(epoch)
        case .other: break
        }
      }
    } catch {
      throw .unreadable(error.path, reason: error.reason)
    }
    self.steps += steps
    self.epochs += epochs
    if let fault = metricsReader.firstFault, self.steps.isEmpty, self.epochs.isEmpty {
      throw .badLine("\(path)/\(RunFiles.metrics)", line: fault.line, reason: fault.reason)
    }
    notes = Self.note(on: RunFiles.metrics, metricsReader)
    // Files beside the record: the rest is reported even if they are missing or damaged.
    attempt(RunFiles.validation, telling: "of classes") { run, _ in
      try run.validationReader.readLines { line in
        if let validation = try decoder.decode(ValidationLine.self, from: line).validation {
          validations.append(validation)
        }
      }
    }
    self.validations += validations
    notes += Self.note(on: RunFiles.validation, validationReader)
    (status, pictures) = (nil, nil)
    attempt(RunFiles.status, telling: "how the run ended") { $0.status = try RunStatus(contentsOf: $1) }
    attempt(RunFiles.pictures, telling: "of pictures") { $0.pictures = try ReportPictures(contentsOf: $1) }
  }

  /// Reads a file that a run may lack.
  private mutating func attempt(
    _ file: String, telling what: String, _ read: (inout RunRecord, _ path: String) throws -> Void
  ) {
    let place = "\(path)/\(file)"
    guard FileManager.default.fileExists(atPath: place) else { return }
    do {
      try read(&self, place)
    } catch {
      let reason = (error as? DecodingError)?.reason ?? systemReason(of: error)
      notes.append("\(file), which tells \(what), cannot be read: \(reason)")
    }
  }

  private static func note(on file: String, _ reader: LineReader) -> [String] {
    guard let fault = reader.firstFault else { return [] }
    let which = "line \(fault.line) is left out"
    return [
      "\(file), " + (reader.faults == 1 ? which : "\(which), and \(reader.faults - 1) more") + ": \(fault.reason)"
    ]
  }

  /// The run, known to have no process anymore: one that claims to be training was killed.
  public var withoutProcess: RunRecord {
    var run = self
    run.status = status?.withoutProcess
    return run
  }

  /// The folder's name without its parents.
  public var name: String { URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent }

  /// More than thousands of classes with long names need.
  private static let largestConfiguration = 64 << 20

  private static func options(at path: String) throws(RunRecordError) -> RunOptions {
    let bytes: [UInt8]
    do {
      bytes = try RegularFile.bytes(of: path, atMost: largestConfiguration)
    } catch {
      throw .unreadable(path, reason: error.reason)
    }
    do {
      return try RunOptions(json: Data(bytes))
    } catch {
      throw .badConfiguration(path, reason: "it holds no JSON object")
    }
  }
}
