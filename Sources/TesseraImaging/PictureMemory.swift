import Foundation
import Synchronization

/// Memory for what a file's numbers say: Swift's arrays end the process where the system has none, so it is asked
/// first.
enum PictureMemory {
  /// From here on several threads take their turns between asking and taking.
  private static let large = 1 << 26
  /// Less is not asked for.
  private static let small = 1 << 20
  private static let turns = Mutex(())

  /// What `body` makes, which takes about `count` bytes.
  ///
  /// - Parameter file: stands for the picture in the error.
  /// - Throws: `ImageError.unreadable` where there is not so much memory.
  static func taking<Made>(_ count: Int, for file: String, _ body: () -> Made) throws(ImageError) -> Made {
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
