import Foundation
import TesseraFiles

/// The state of a run: what its `status.json` says.
public struct RunStatus: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Codable {
    /// It is training, or its process was killed.
    case running
    /// All epochs are done, or there was no better score for too long.
    case finished
    /// It was asked to stop, or its time was up; it can be resumed.
    case interrupted
    /// An error ended it.
    case failed
    /// It claims to be training, but no process is.
    case killed
  }

  public let state: State
  /// Why it ended, in words.
  public let detail: String?
  /// Whether it failed because its numbers became infinite or NaN: it can continue from its checkpoint with a lower
  /// learning rate.
  public var hasBrokenWeights: Bool { brokenWeights ?? false }
  private let brokenWeights: Bool?
  /// When this was written, ISO 8601.
  public let updated: String

  public init(_ state: State, detail: String? = nil, hasBrokenWeights: Bool = false, updated: Date) {
    self.init(
      state: state, detail: detail, brokenWeights: hasBrokenWeights ? true : nil,
      updated: ISO8601DateFormatter().string(from: updated))
  }

  /// What the status of the run in a folder says.
  ///
  /// - Throws: `DecodingError`, or what reading throws.
  public init(ofRun folder: String) throws { try self.init(contentsOf: "\(folder)/\(RunFiles.status)") }

  private static let mostBytes = 1 << 20

  /// - Throws: `DecodingError`, or what reading throws.
  init(contentsOf path: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(RegularFile.bytes(of: path, atMost: Self.mostBytes)))
  }

  /// Overwrites the file in one call, never making it shorter: a full disk has no block for a second file, and a run
  /// must be able to record how it ended even there.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try RegularFile.overwrite(path, with: [UInt8](encoder.encode(self)), padding: UInt8(ascii: " "))
  }

  /// The same run, known to have no process anymore.
  public var withoutProcess: RunStatus {
    guard state == .running else { return self }
    return RunStatus(state: .killed, detail: nil, brokenWeights: nil, updated: updated)
  }

  private init(state: State, detail: String?, brokenWeights: Bool?, updated: String) {
    self.state = state
    self.detail = detail
    self.brokenWeights = brokenWeights
    self.updated = updated
  }
}
