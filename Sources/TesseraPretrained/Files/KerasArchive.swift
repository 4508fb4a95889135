import TesseraArchives
import TesseraFiles
import TesseraHDF5

/// A whole model in Keras' own archive (`.keras`): a zip archive of a description and a file of weights.
struct KerasArchive {
  private static let (weights, description) = ("model.weights.h5", "config.json")

  private let archive: ArchiveFile

  /// `nil` if the archive is not one of Keras.
  init?(_ archive: ArchiveFile) {
    // PyTorch's have a folder around everything.
    guard [Self.weights, Self.description].contains(where: { archive.entry(at: $0) != nil }) else { return nil }
    self.archive = archive
  }

  /// Copies the weights into a file without a name, as libhdf5 must reach every place of it.
  ///
  /// - Throws: `PretrainedWeightsError` or `HDF5Error`.
  func open() throws -> KerasFile {
    let path = archive.path
    var text: [UInt8] = []
    if archive.entry(at: Self.description) != nil {
      text = try PretrainedWeightsError.unpacking(path) { () throws(ArchiveError) in
        try archive.bytes(at: Self.description, atMost: KerasDescription.longest)
      }
    }
    try checkSize()
    do {
      return try KerasFile(try HDF5File(unpacked(), called: path), KerasDescription(text))
    } catch HDF5Error.notHDF5 {
      throw PretrainedWeightsError.damaged(file: path, place: Self.weights, reason: "it is not an HDF5 file")
    } catch let error as FileError {
      throw PretrainedWeightsError.unreadable(file: path, reason: "\(error)")
    }
  }

  private func unpacked() throws -> RegularFile {
    var fault: FileError?
    return try RegularFile.unnamed { append in
      try PretrainedWeightsError.unpacking(archive.path) { () throws(ArchiveError) in
        try archive.withPieces(of: Self.weights) { piece in
          do throws(FileError) { if fault == nil { try append(piece) } } catch { fault = error }
        }
      }
      if let fault { throw fault }
    }
  }

  /// No entry fills the disk: weights hardly compress.
  private func checkSize() throws {
    guard let entry = archive.entry(at: Self.weights) else { return }
    let length = try openFile(at: archive.path).length
    guard let size = entry.size, size <= 1 << 20 || size / UnpackingLimits().ratio <= length else {
      let claim = entry.size.map(byteCount) ?? "unknown size"
      throw PretrainedWeightsError.damaged(
        file: archive.path, place: Self.weights, reason: "an archive of \(length) bytes cannot hold weights of \(claim)"
      )
    }
    let folder = RegularFile.temporaryFolder
    if let free = freeSpace(at: folder), free < size {
      throw PretrainedWeightsError.unreadable(
        file: archive.path, reason: "\(folder) has \(byteCount(free)) of free space, and \(byteCount(size)) are needed")
    }
  }
}
