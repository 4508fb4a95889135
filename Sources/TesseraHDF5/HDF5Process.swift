import CHDF5Reader
import Foundation
import TesseraFiles

/// A process that reads a file with libhdf5, and its output.
///
/// libhdf5 crashes on some damaged files, so it never runs in the program's own process; this also gives it a single
/// caller, as it requires.
struct HDF5Process: ~Copyable {
  private let reading: hdf5_reading
  private var isOpen = true

  /// In seconds of processor time: a hundred times what a network of many layers takes.
  static let longestListing: UInt32 = 1
  /// In seconds of processor time.
  static let longestReading: UInt32 = 120

  /// - Throws: `HDF5Error.unreadable` if the system cannot start a process.
  init(_ reading: hdf5_reading, of file: String) throws(HDF5Error) {
    self.reading = reading
    guard reading.descriptor >= 0 else {
      throw .unreadable(file: file, reason: "no process could be started for it: \(systemReason(of: errno))")
    }
  }

  deinit {
    if isOpen { _ = hdf5_end(reading) }
  }

  /// Fills `buffer` as far as the findings go and returns the number of bytes.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    fill(buffer, from: reading.descriptor)
  }

  /// All findings up to `limit` bytes.
  func readAll(atMost limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    let size = 1 << 16
    while bytes.count < limit {
      let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = read(into: UnsafeMutableRawBufferPointer(buffer))
      }
      bytes += piece
      if piece.count < size { break }
    }
    return bytes
  }

  /// Waits for the process and returns what went wrong with it, if anything did.
  consuming func end() -> String? {
    isOpen = false
    return switch hdf5_end(reading) {
    case HDF5_CRASHED: "libhdf5 crashes on it"
    case HDF5_ENDLESS: "libhdf5 does not finish reading it"
    case HDF5_FAILED: "libhdf5 cannot read it"
    default: nil
    }
  }
}
