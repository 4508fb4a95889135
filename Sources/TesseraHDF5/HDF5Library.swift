import CHDF5
import Foundation

/// libhdf5, one caller at a time: as systems build it, it is not safe to use from several threads.
///
/// It prints errors by itself, too, and loads filters from a folder that the environment names. Both are off while it
/// is used here, and the program's own settings stand again afterwards.
enum HDF5Library {
  // A recursive one: what is let go in a call is closed in that call.
  private static let lock = NSRecursiveLock()

  /// Calls `body` while no other task uses the library.
  static func use<Result>(_ body: () throws(HDF5Error) -> Result) throws(HDF5Error) -> Result {
    lock.lock()
    defer { lock.unlock() }
    _ = leavesQuietly
    var report: H5E_auto2_t?
    var reportData: UnsafeMutableRawPointer?
    H5Eget_auto2(defaultErrors, &report, &reportData)
    H5Eset_auto2(defaultErrors, nil, nil)
    var plugins: UInt32 = 0
    H5PLget_loading_state(&plugins)
    H5PLset_loading_state(0)
    defer {
      H5PLset_loading_state(plugins)
      H5Eset_auto2(defaultErrors, report, reportData)
    }
    return try body()
  }

  // When a program ends it would look for what is open, and complain about what a damaged file left behind.
  private static let leavesQuietly: Bool = H5dont_atexit() >= 0

  /// What the library says about the call that has just failed: its innermost complaint.
  static var complaint: String {
    var text = ""
    withUnsafeMutablePointer(to: &text) { text in
      _ = H5Ewalk2(
        defaultErrors, H5E_WALK_UPWARD,
        { _, entry, text in
          guard let words = entry?.pointee.desc else { return 1 }
          text?.assumingMemoryBound(to: String.self).pointee = String(cString: words)
          return 1
        }, text)
    }
    return text.isEmpty ? "libhdf5 gives no reason" : text
  }

  /// The macros H5P_DEFAULT and H5E_DEFAULT.
  static let defaultProperties: hid_t = 0
  private static let defaultErrors: hid_t = 0
}

/// Something that libhdf5 has open; closed when nobody holds it.
final class HDF5Handle: Sendable {
  let identifier: hid_t
  private let close: @Sendable (hid_t) -> herr_t

  /// `nil` where opening failed.
  init?(_ identifier: hid_t, close: @escaping @Sendable (hid_t) -> herr_t) {
    guard identifier >= 0 else { return nil }
    self.identifier = identifier
    self.close = close
  }

  deinit { try? HDF5Library.use { () throws(HDF5Error) in _ = close(identifier) } }
}
