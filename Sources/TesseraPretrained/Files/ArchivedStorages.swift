import TesseraArchives

/// The storages of a zip archive from PyTorch 1.6 or later: one file each.
struct ArchivedStorages: TorchStorages {
  private let archive: ArchiveFile
  private let folder: String

  /// - Throws: `PretrainedWeightsError` if it is not a PyTorch archive.
  init(_ archive: ArchiveFile) throws {
    let path = archive.path
    self.archive = archive
    folder = try Self.folder(of: archive)
    try Self.checkSizes(of: archive)
    guard archive.entry(at: "\(folder)/byteorder") != nil else { return }
    let order = try bytes(at: "byteorder", atMost: 16)
    guard order == Array("little".utf8) else {
      throw PretrainedWeightsError.otherByteOrder(of: path, called: String(decoding: order, as: UTF8.self))
    }
  }

  /// What describes the tensors.
  func pickle() throws -> [UInt8] { try bytes(at: "data.pkl", atMost: TorchFile.longestPickle) }

  func name(of key: String) -> String { "'data/\(key)'" }

  func length(of key: String) -> Int? { archive.entry(at: "\(folder)/data/\(key)")?.size }

  /// Reads the whole storage, whatever the range: its checksum can only be verified at its end.
  func withPieces(
    of key: String, covering range: Range<Int>, _ body: (_ start: Int, _ piece: UnsafeRawBufferPointer) -> Void
  ) throws {
    var start = 0
    try PretrainedWeightsError.unpacking(archive.path) { () throws(ArchiveError) in
      try archive.withPieces(of: "\(folder)/data/\(key)") { piece in
        body(start, piece)
        start += piece.count
      }
    }
  }

  private func bytes(at name: String, atMost limit: Int) throws -> [UInt8] {
    try PretrainedWeightsError.unpacking(archive.path) { () throws(ArchiveError) in
      try archive.bytes(at: "\(folder)/\(name)", atMost: limit)
    }
  }

  /// The folder that PyTorch puts everything into.
  private static func folder(of archive: ArchiveFile) throws -> String {
    let folders = archive.entries.filter { $0.path.hasSuffix("/data.pkl") }.map { String($0.path.dropLast(9)) }
    guard folders.count == 1, !folders[0].contains("/") else {
      throw PretrainedWeightsError.notWeights(
        file: archive.path, "it is a zip archive, but not one that PyTorch saved: it has no data.pkl")
    }
    if archive.entry(at: "\(folders[0])/constants.pkl") != nil {
      throw PretrainedWeightsError.notWeights(file: archive.path, "it is a TorchScript program")
    }
    return folders[0]
  }

  /// PyTorch compresses nothing, so the claimed sizes must fit into the file: no entry is a bomb, no two overlap.
  private static func checkSizes(of archive: ArchiveFile) throws {
    let length = try openFile(at: archive.path).length
    var total = 0
    for entry in archive.entries {
      let (sum, overflow) = total.addingReportingOverflow(entry.size ?? 0)
      total = sum
      guard !overflow, total <= length else {
        throw PretrainedWeightsError.damaged(
          file: archive.path, place: entry.path,
          reason: "the entries up to here claim more bytes than the file's \(length), and PyTorch compresses nothing")
      }
    }
  }
}
