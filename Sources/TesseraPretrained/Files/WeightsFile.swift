import TesseraFiles
import TesseraNetworks
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

  /// The same arrays by the names that a table has for them, where the file's format has other ones.
  func named(by table: WeightTable) -> Self
}

extension WeightsFile {
  /// Itself.
  package func named(by table: WeightTable) -> Self { self }
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
  let start = try openFile(at: path).read(atMost: 512)
  func unknown(_ found: String, _ instead: String) -> PretrainedWeightsError {
    .unknownFormat(file: path, found: found, instead: instead)
  }
  let whatIsRead = "Take an .h5 file of Keras, or a .safetensors or .pth file of PyTorch"
  switch WeightsFormat(start) {
  case .hdf5: return try KerasFile(contentsOf: path)
  case .safeTensors: return try SafeTensorsFile(contentsOf: path)
  case .zip: return try TorchFile(archive: path)
  case .pickle: return try TorchFile(stream: path)
  case .tar:
    throw unknown(
      "it is in PyTorch's first format, which only a Python program can read safely",
      "Save it again with PyTorch 1.6 or later: torch.save(torch.load(\"old.pth\", weights_only=True), \"new.pth\")")
  case .pointer: throw unknown("it is a Git LFS pointer, not the file itself", "Fetch it with git lfs pull")
  case .page: throw unknown("it is a web page, not the file that was meant", "Download the file itself")
  case .empty: throw unknown("it is empty", "Download or save it again")
  case .other: throw unknown("it is neither HDF5 nor safetensors nor a PyTorch archive", whatIsRead)
  }
}

/// Opens the regular file at `path`, for a look at its bytes.
func openFile(at path: String) throws -> RegularFile {
  do throws(FileError) {
    return try RegularFile(path)
  } catch {
    throw PretrainedWeightsError.unreadable(file: path, reason: error.reason)
  }
}
