import Foundation
import TesseraFiles

/// How patient a download is.
public struct DownloadPolicy: Sendable {
  /// The seconds within which a connection must be established.
  public var connectTimeout = 20.0
  /// The seconds without a byte after which a server counts as stalled.
  public var stallTimeout = 30.0
  /// How often in a row a server may fail without delivering more of the file than before.
  public var attempts = 5
  /// The seconds before the second attempt; each further one waits twice as long.
  public var firstDelay = 1.0
  /// The maximum number of seconds between attempts, even if a server asks for more.
  public var longestDelay = 30.0
  /// The free space on the disk of a path, in bytes.
  package var freeSpace: @Sendable (String) -> Int? = { TesseraFiles.freeSpace(at: $0) }
  /// Whether to stop: by default whether the task is cancelled.
  package var isCancelled: @Sendable () -> Bool = { Task.isCancelled }

  /// Creates a policy with the usual patience.
  public init() {}

  /// The seconds before the attempt after `failures` failures in a row.
  func delay(after failures: Int, asked: Double?) -> Double {
    min(max(firstDelay * pow(2, Double(failures - 1)), asked ?? 0), longestDelay)
  }

  /// Waits, unless it should stop.
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
