import Foundation
import TesseraTensors

/// A file of named arrays that another program wrote.
package protocol WeightsFile: Sendable {
  var path: String { get }
  /// Names and shapes, in the file's order.
  var arrays: [(name: String, shape: Shape)] { get }

  /// Calls `body` with the whole array, a block of rows (what the first length counts) after the other, in order.
  ///
  /// - Parameter body: gets rows in row-major order, and the place of their first element in the array.
  func readRows(of name: String, _ body: (_ start: Int, _ block: UnsafeBufferPointer<Float>) -> Void) throws
}

/// How many rows are read at a time: about 4 MB, a multiple of what a line of a cache holds.
func rowsPerBlock(rowLength: Int) -> Int {
  let rows = max(1, (1 << 20) / max(1, rowLength))
  return rows < 16 ? rows : rows / 16 * 16
}

/// Opens a file of weights, whose first bytes tell its format.
///
/// - Throws: `PretrainedWeightsError`, `HDF5Error`, `SafeTensorsError`.
package func openWeights(at path: String) throws -> any WeightsFile {
  let start = try firstBytes(of: path)
  func unknown(_ found: String, _ instead: String) -> PretrainedWeightsError {
    .unknownFormat(file: path, found: found, instead: instead)
  }
  let whatIsRead = "Take an .h5 file of Keras, or a .safetensors or .pth file of PyTorch"
  switch WeightsFormat(start) {
  case .hdf5: return try KerasFile(contentsOf: path)
  case .safeTensors: return try SafeTensorsFile(contentsOf: path)
  case .zip: return try TorchFile(contentsOf: path)
  case .pickle, .tar:
    throw unknown(
      "it is in PyTorch's old format, which only a Python program can read safely",
      "Save it again with PyTorch 1.6 or later: torch.save(torch.load(\"old.pth\", weights_only=True), \"new.pth\")")
  case .pointer: throw unknown("it is a Git LFS pointer, not the file itself", "Fetch it with git lfs pull")
  case .page: throw unknown("it is a web page, not the file that was meant", "Download the file itself")
  case .empty: throw unknown("it is empty", "Download or save it again")
  case .other: throw unknown("it is neither HDF5 nor safetensors nor a PyTorch archive", whatIsRead)
  }
}

private func firstBytes(of path: String) throws -> [UInt8] {
  let file = try OpenedFile(path)
  var bytes = [UInt8](repeating: 0, count: 512)
  let count = pread(file.descriptor, &bytes, bytes.count, 0)
  guard count >= 0 else {
    throw PretrainedWeightsError.unreadable(file: path, reason: String(cString: strerror(errno)))
  }
  return Array(bytes.prefix(count))
}

/// In bytes.
func fileLength(of path: String) throws -> Int { try OpenedFile(path).length }

/// A regular file, for a look at it.
private struct OpenedFile: ~Copyable {
  let descriptor: Int32
  let length: Int

  init(_ path: String) throws {
    func unreadable(_ reason: String) -> PretrainedWeightsError { .unreadable(file: path, reason: reason) }
    // O_NONBLOCK: opening a pipe by mistake must not wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(String(cString: strerror(errno))) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw unreadable("it is not a regular file")
    }
    self.descriptor = descriptor
    length = Int(status.st_size)
  }

  deinit { close(descriptor) }
}
