import Foundation
import TesseraFiles

/// How a run stands: what its `status.json` says.
public struct RunStatus: Sendable, Equatable, Codable {
  public enum State: String, Sendable, Codable {
    /// It trains, or its process was killed.
    case running
    /// All epochs are done, or there was no better score for too long.
    case finished
    /// It was asked to stop, or its time was up; it can go on.
    case interrupted
    /// An error ended it.
    case failed
    /// It said that it trains, and no process does.
    case killed
  }

  public let state: State
  /// Why it ended, in words.
  public let detail: String?
  /// When this was written, ISO 8601.
  public let updated: String

  public init(_ state: State, detail: String? = nil, updated: Date) {
    self.state = state
    self.detail = detail
    self.updated = ISO8601DateFormatter().string(from: updated)
  }

  private static let mostBytes = 1 << 20

  /// - Throws: `DecodingError`, or what reading throws.
  init(contentsOf path: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(RegularFile.bytes(of: path, atMost: Self.mostBytes)))
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(fileURLWithPath: path), options: .atomic)
  }

  /// The same run, known to have no process any more.
  public var withoutProcess: RunStatus {
    guard state == .running else { return self }
    return RunStatus(state: .killed, detail: nil, updated: updated)
  }

  private init(state: State, detail: String?, updated: String) {
    self.state = state
    self.detail = detail
    self.updated = updated
  }
}
