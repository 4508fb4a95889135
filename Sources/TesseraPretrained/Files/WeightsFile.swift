import TesseraArchives
import TesseraFiles
import TesseraHDF5
import TesseraNetworks
import TesseraTensors

/// A file of named arrays that another program wrote.
package protocol WeightsFile: Sendable {
  var path: String { get }
  /// Names and shapes, in the file's order.
  var arrays: [(name: String, shape: Shape)] { get }

  /// Calls `body` with the whole array, one block of rows (what the first length counts) after another, in order.
  ///
  /// - Parameter body: gets rows in row-major order, and the place of their first element in the array.
  func readRows(of name: String, _ body: (_ start: Int, _ block: UnsafeBufferPointer<Float>) -> Void) throws

  /// The number of layers of each kind, if the format says so.
  var layerCounts: [WeightTable.Layer.Kind: Int] { get }

  /// Layers without weights of the file's network that are lost, if the file describes them.
  var lostLayers: [String] { get }

  /// What a layer computes in the file's network and another thing in the model; `nil` if the file says nothing.
  func difference(from model: some SegmentationModel, by table: WeightTable) -> String?

  /// The same arrays and the same table with names that agree, if the format or its users have others than the table.
  func matched(with table: WeightTable) -> (file: any WeightsFile, table: WeightTable)
}

extension WeightsFile {
  /// None are known.
  package var layerCounts: [WeightTable.Layer.Kind: Int] { [:] }

  /// None are known.
  package var lostLayers: [String] { [] }

  /// None is known.
  package func difference(from model: some SegmentationModel, by table: WeightTable) -> String? { nil }

  /// Both as they are.
  package func matched(with table: WeightTable) -> (file: any WeightsFile, table: WeightTable) { (self, table) }
}

extension Shape {
  /// What the first length counts.
  var rows: Int { rank == 0 ? 1 : self[0] }

  /// The number of elements read at a time: whole rows of about 4 MB, and a multiple of a cache line.
  var elementsPerBlock: Int {
    let rowLength = elementCount / max(1, rows)
    let count = max(1, (1 << 20) / max(1, rowLength))
    return (count < 16 ? count : count / 16 * 16) * rowLength
  }
}

/// Opens a file of weights; its first bytes determine its format.
///
/// - Throws: `PretrainedWeightsError`, `HDF5Error`, `SafeTensorsError`.
package func openWeights(at path: String) throws -> any WeightsFile {
  let bytes = try openFile(at: path).read(atMost: 512)
  func starts(with text: String) -> Bool { bytes.starts(with: text.utf8) }
  // A safetensors file begins with the length of its header.
  let hasHeader = bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
  if bytes.starts(with: HDF5File.signature) { return try KerasFile(contentsOf: path) }
  if starts(with: "PK\u{3}\u{4}") || starts(with: "PK\u{5}\u{6}") {
    let archive = try PretrainedWeightsError.unpacking(path) { () throws(ArchiveError) in
      try ArchiveFile(contentsOf: path, entriesAtMost: mostEntries)
    }
    return try KerasArchive(archive)?.open() ?? TorchFile(archive)
  }
  if hasHeader { return try SafeTensorsFile(contentsOf: path) }
  // A pickle of protocol 2 to 5, as PyTorch before 1.6 wrote it.
  if bytes.count > 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1]) { return try TorchFile(stream: path) }

  func unknown(_ found: String, _ instead: String) -> PretrainedWeightsError {
    .unknownFormat(file: path, found: found, instead: instead)
  }
  if bytes.isEmpty { throw unknown("it is empty", "Download or save it again") }
  if bytes.count >= 262 && bytes[257..<262].elementsEqual("ustar".utf8) {
    throw unknown(
      "it is in PyTorch's first format, which only a Python program can read safely",
      "Save it again with PyTorch 1.6 or later: torch.save(torch.load(\"old.pth\", weights_only=True), \"new.pth\")")
  }
  if starts(with: "version https://git-lfs") {
    throw unknown("it is a Git LFS pointer, not the file itself", "Fetch it with git lfs pull")
  }
  let text = String(decoding: bytes.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.prefix(14), as: UTF8.self)
    .lowercased()
  if ["<!doctype", "<html", "<?xml"].contains(where: text.hasPrefix) {
    throw unknown("it is a web page, not the expected file", "Download the file itself")
  }
  throw unknown(
    "it is neither HDF5 nor safetensors nor an archive of Keras or PyTorch",
    "Use a Keras .h5 or .keras file, or a PyTorch .safetensors or .pth file")
}

/// The maximum number of entries of an archive: PyTorch's have a few for each array.
private let mostEntries = 1 << 16

/// Opens the regular file at `path` to look at its bytes.
func openFile(at path: String) throws -> RegularFile {
  try PretrainedWeightsError.reading(try RegularFile(path))
}
