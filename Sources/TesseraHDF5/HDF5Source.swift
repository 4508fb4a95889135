import CHDF5Reader
import TesseraFiles

/// Where processes that read a file find it.
struct HDF5Source: Sendable {
  /// What errors call it.
  let path: String
  /// The open file, if it has no name: it is kept open, and is the processes' standard input.
  var file: RegularFile?

  private var name: String { file == nil ? path : "/dev/fd/0" }
  private var input: CInt { file?.descriptor ?? -1 }

  /// A process that lists what the file holds.
  ///
  /// - Throws: `HDF5Error.unreadable` if the system cannot start it.
  func listing() throws(HDF5Error) -> HDF5Process {
    try HDF5Process(hdf5_list(name, input, HDF5Process.longestListing), of: path)
  }

  /// A process that reads the array at `place`.
  ///
  /// - Throws: `HDF5Error.unreadable` if the system cannot start it.
  func floats(at place: String) throws(HDF5Error) -> HDF5Process {
    try HDF5Process(hdf5_floats(name, input, place, HDF5Process.longestReading), of: path)
  }
}
