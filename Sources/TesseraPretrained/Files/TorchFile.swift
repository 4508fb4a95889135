import TesseraArchives
import TesseraCheckpoints
import TesseraTensors

/// A PyTorch file: a pickle that describes tensors, and storages that hold their numbers.
struct TorchFile: WeightsFile {
  let path: String
  let arrays: [(name: String, shape: Shape)]
  private let storages: any TorchStorages
  private let tensors: [String: TorchTensor]

  /// More bytes than the description of any network takes.
  static let longestPickle = 8 << 20

  /// A zip archive, as PyTorch 1.6 and later save it.
  ///
  /// - Throws: `PretrainedWeightsError`.
  init(_ archive: ArchiveFile) throws {
    let storages = try ArchivedStorages(archive)
    var machine = PickleMachine(try storages.pickle(), file: archive.path)
    try self.init(machine.run(), of: machine, storages, archive.path)
  }

  /// One stream, as PyTorch before 1.6 saved it.
  ///
  /// - Throws: `PretrainedWeightsError`.
  init(stream path: String) throws {
    let (storages, machine, state) = try StreamedStorages.open(path)
    try self.init(state, of: machine, storages, path)
  }

  private init(
    _ state: PickleValue, of machine: PickleMachine, _ storages: any TorchStorages, _ path: String
  ) throws {
    let found = try TorchState(state, of: machine, file: path).tensors
    let names = TorchNames(found.map(\.name))
    var tensors: [String: TorchTensor] = [:]
    arrays = try found.map { name, tensor in
      tensors[names.bare(name)] = tensor
      return (names.bare(name), try tensor.checkedShape(in: storages, name, file: path))
    }
    self.path = path
    self.storages = storages
    self.tensors = tensors
  }

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) throws {
    guard let tensor = tensors[name] else {
      throw PretrainedWeightsError.damaged(file: path, place: name, reason: "there is no such tensor")
    }
    guard let convert = tensor.storage.type.conversion else { return }
    var rows = TorchRows(of: tensor, convert: convert)
    if tensor.isContiguous {
      try storages.withPieces(of: tensor.storage.key, covering: rows.wanted) { rows.take($1, at: $0, body) }
    } else {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(tensor.storage.byteCount)
      try storages.withPieces(of: tensor.storage.key, covering: 0..<tensor.storage.byteCount) { _, piece in
        bytes.append(contentsOf: piece)
      }
      bytes.withUnsafeBytes { rows.gather(from: $0, body) }
    }
  }
}

/// Where the numbers of a PyTorch file's storages are.
protocol TorchStorages: Sendable {
  /// What messages call a storage.
  func name(of key: String) -> String
  /// The length in bytes; `nil` if the file has no such storage.
  func length(of key: String) -> Int?
  /// Calls `body` with pieces of a storage, in order, that hold the bytes in `range`, and where each begins in it.
  ///
  /// - Throws: `PretrainedWeightsError`.
  func withPieces(
    of key: String, covering range: Range<Int>, _ body: (_ start: Int, _ piece: UnsafeRawBufferPointer) -> Void
  ) throws
}
