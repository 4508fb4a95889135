import TesseraArchives
import TesseraCheckpoints
import TesseraTensors

/// A zip archive of PyTorch 1.6 and later: a pickle that describes tensors, and a file for the numbers of each storage.
struct TorchFile: WeightsFile {
  let path: String
  let arrays: [(name: String, shape: Shape)]
  private let archive: ArchiveFile
  private let folder: String
  private let tensors: [String: TorchTensor]

  /// Larger than the description of any network, in bytes.
  static let longestPickle = 8 << 20

  /// - Throws: `PretrainedWeightsError`.
  init(contentsOf path: String) throws {
    self.path = path
    archive = try Self.opening(path) { () throws(ArchiveError) in try ArchiveFile(contentsOf: path) }
    folder = try Self.folder(of: archive)
    try Self.checkSizes(of: archive)
    let archive = archive
    let folder = folder
    if archive.entry(at: "\(folder)/byteorder") != nil {
      let order = try Self.opening(path) { () throws(ArchiveError) in
        try archive.bytes(at: "\(folder)/byteorder", atMost: 16)
      }
      guard order == Array("little".utf8) else {
        throw PretrainedWeightsError.unknownFormat(
          file: path, found: "its numbers are in the byte order '\(String(decoding: order, as: UTF8.self))'",
          instead: "Save it again on a machine with little-endian numbers, as all usual ones are")
      }
    }
    let pickle = try Self.opening(path) { () throws(ArchiveError) in
      try archive.bytes(at: "\(folder)/data.pkl", atMost: Self.longestPickle)
    }
    var machine = PickleMachine(pickle, file: path)
    let found = try TorchState(try machine.run(), of: machine, file: path).tensors
    let names = TorchNames(found.map(\.name))
    var tensors: [String: TorchTensor] = [:]
    for (name, tensor) in found {
      try tensor.check(against: archive.entry(at: "\(folder)/data/\(tensor.storage.key)")?.size, name, file: path)
      tensors[names.bare(name)] = tensor
    }
    self.tensors = tensors
    arrays = found.map { (names.bare($0.name), Shape($0.tensor.shape)) }
  }

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) throws {
    guard let tensor = tensors[name] else {
      throw PretrainedWeightsError.damaged(file: path, place: name, reason: "there is no such tensor")
    }
    guard let convert = tensor.storage.type.conversion else { return }
    let entry = "\(folder)/data/\(tensor.storage.key)"
    var blocks = TorchRows(of: tensor, convert: convert)
    try Self.opening(path) { () throws(ArchiveError) in
      if tensor.isContiguous {
        try archive.withPieces(of: entry) { blocks.take($0, body) }
      } else {
        let bytes = try archive.bytes(at: entry, atMost: tensor.storage.byteCount)
        bytes.withUnsafeBytes { blocks.gather(from: $0, body) }
      }
    }
  }

  private static func opening<Result>(
    _ path: String, _ body: () throws(ArchiveError) -> Result
  ) throws -> Result {
    do throws(ArchiveError) { return try body() } catch {
      switch error {
      case .unreadable(_, let reason): throw PretrainedWeightsError.unreadable(file: path, reason: reason)
      case .notAnArchive(_, let reason):
        throw PretrainedWeightsError.damaged(file: path, place: "the zip archive", reason: reason)
      case .damaged(_, let entry, let reason):
        throw PretrainedWeightsError.damaged(file: path, place: entry, reason: reason)
      case .duplicateEntry(_, let entry):
        throw PretrainedWeightsError.damaged(file: path, place: entry, reason: "it is there twice")
      case .noSuchEntry(_, let entry):
        throw PretrainedWeightsError.damaged(file: path, place: entry, reason: "it is missing from the archive")
      case .notAFile(_, let entry, let kind):
        throw PretrainedWeightsError.damaged(file: path, place: entry, reason: "it is a \(kind.rawValue)")
      case .entryTooLarge(_, let entry, let limit):
        throw PretrainedWeightsError.damaged(
          file: path, place: entry, reason: "it has more than \(limit) bytes")
      }
    }
  }

  /// The folder that PyTorch puts everything into.
  private static func folder(of archive: ArchiveFile) throws -> String {
    func unknown(_ found: String, _ instead: String) -> PretrainedWeightsError {
      .unknownFormat(file: archive.path, found: found, instead: instead)
    }
    if archive.entry(at: "model.weights.h5") != nil {
      throw unknown(
        "it is a whole model in Keras' own archive",
        "Save its weights with model.save_weights(\"vgg16.weights.h5\")")
    }
    let folders = archive.entries.filter { $0.path.hasSuffix("/data.pkl") }.map { String($0.path.dropLast(9)) }
    guard folders.count == 1, !folders[0].contains("/") else {
      throw unknown(
        "it is a zip archive, but none that PyTorch saved: it has no data.pkl",
        "Save the weights with torch.save(model.state_dict(), \"vgg16.pth\")")
    }
    if archive.entry(at: "\(folders[0])/constants.pkl") != nil {
      throw unknown(
        "it is a TorchScript program", "Save its weights alone: torch.save(model.state_dict(), \"vgg16.pth\")")
    }
    return folders[0]
  }

  /// PyTorch compresses nothing, so what the entries claim must fit into the file: none is a bomb, no two overlap.
  private static func checkSizes(of archive: ArchiveFile) throws {
    let length = try fileLength(of: archive.path)
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
