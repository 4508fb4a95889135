import Foundation
import Synchronization

/// Memory of sizes that come from files: Swift's arrays end the process if the system has no memory, so it is asked
/// first.
package enum PictureMemory {
  /// From this size on, threads take turns between asking and allocating.
  private static let large = 1 << 26
  /// For less, the system is not asked.
  private static let small = 1 << 20
  private static let turns = Mutex(())

  /// Returns what `body` makes, which takes about `count` bytes.
  ///
  /// - Parameter file: identifies the picture in the error.
  /// - Throws: `ImageError.unreadable` if there is not enough memory.
  package static func taking<Made>(_ count: Int, for file: String, _ body: () -> Made) throws(ImageError) -> Made {
    let made =
      count < large ? hasRoom(for: count) ? body() : nil : turns.withLock { _ in hasRoom(for: count) ? body() : nil }
    guard let made else { throw exhausted(file) }
    return made
  }

  static func exhausted(_ file: String) -> ImageError {
    .unreadable(file: file, reason: "there is not enough memory to decode it")
  }

  private static func hasRoom(for count: Int) -> Bool {
    guard count >= small else { return true }
    guard let probe = malloc(count) else { return false }
    free(probe)
    return true
  }
}
