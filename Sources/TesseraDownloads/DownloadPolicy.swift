import Foundation
import TesseraArchives

/// How patient a download is.
public struct DownloadPolicy: Sendable {
  /// Seconds until a connection must stand.
  public var connectTimeout = 20.0
  /// Seconds without a byte, after which a server counts as stalled.
  public var stallTimeout = 30.0
  /// How often in a row a server may fail without that more of the file came than ever before.
  public var attempts = 5
  /// Seconds before the second attempt; each further one waits twice as long.
  public var firstDelay = 1.0
  /// The most seconds between attempts, also where a server asks for more.
  public var longestDelay = 30.0
  /// The room on the disk of a path, in bytes.
  package var freeSpace: @Sendable (String) -> Int? = { TesseraArchives.freeSpace(at: $0) }
  /// Whether to stop: by default whether the task is cancelled.
  package var isCancelled: @Sendable () -> Bool = { Task.isCancelled }

  /// The usual patience.
  public init() {}

  /// Seconds before the attempt after `failures` failures in a row.
  func delay(after failures: Int, asked: Double?) -> Double {
    min(max(firstDelay * pow(2, Double(failures - 1)), asked ?? 0), longestDelay)
  }

  /// Waits, unless it is to stop.
  ///
  /// - Throws: `CancellationError`.
  func wait(_ seconds: Double) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    repeat {
      guard !isCancelled() else { throw CancellationError() }
      usleep(UInt32(min(seconds, 0.05) * 1e6))
    } while ContinuousClock.now < end
  }
}
