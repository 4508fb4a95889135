import TesseraFiles

/// The storages of a file from PyTorch before 1.6, one after another.
///
/// ```
/// pickle   0x1950a86a20f9469cfc6c
/// pickle   1001, the version
/// pickle   {"protocol_version": 1001, "little_endian": True, "type_sizes": {...}}
/// pickle   the tensors, which name their storages
/// pickle   the storages' names, in their order
/// each     how many elements it has, 8 bytes, little-endian; the elements
/// ```
struct StreamedStorages: TorchStorages {
  private let file: RegularFile
  /// The bytes of each storage.
  private let places: [String: Range<Int>]

  /// 0x1950a86a20f9469cfc6c, little-endian.
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  private static let version = 1001

  /// Reads the pickles and finds the storages.
  ///
  /// - Returns: the storages, and what the fourth pickle describes.
  /// - Throws: `PretrainedWeightsError`.
  static func open(_ path: String) throws -> (StreamedStorages, PickleMachine, PickleValue) {
    let file = try openFile(at: path)
    var machine = PickleMachine(try file.read(atMost: TorchFile.longestPickle), file: path)
    guard case .largeInteger(magic) = try machine.run() else {
      throw PretrainedWeightsError.notWeights(file: path, "it is a pickle, but not one that PyTorch saved")
    }
    guard case .integer(version) = try machine.run() else {
      throw PretrainedWeightsError.unknownFormat(
        file: path, found: "it is of an unknown version of PyTorch's format",
        instead: "Save it again with PyTorch 1.6 or later")
    }
    if case .dictionary(let place) = try machine.run(),
      machine.dictionaries[place].contains(where: {
        if case (.text("little_endian"), .boolean(false)) = $0 { true } else { false }
      })
    {
      throw PretrainedWeightsError.otherByteOrder(of: path, called: "big")
    }
    let state = try machine.run()
    let names = try machine.run()
    return (try StreamedStorages(file, names, of: machine), machine, state)
  }

  /// - Parameter names: what the last pickle of `machine` holds.
  private init(_ file: RegularFile, _ names: PickleValue, of machine: PickleMachine) throws {
    func fault(_ place: String, _ reason: String) -> PretrainedWeightsError {
      .damaged(file: file.path, place: place, reason: reason)
    }
    guard case .sequence(let list, isTuple: false) = names else {
      throw fault("the last pickle", "it is not a list of the storages")
    }
    let described = Dictionary(machine.storages.map { ($0.key, $0) }) { first, _ in first }
    var places: [String: Range<Int>] = [:]
    var position = machine.position
    for value in machine.sequences[list] {
      guard case .text(let key) = value, let storage = described[key] else {
        throw fault("the last pickle", "it lists a storage that no tensor has")
      }
      let count = try file.read(from: position, atMost: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard UInt64(exactly: storage.count) == count else {
        throw fault("the storage '\(key)'", "it has \(count) elements, but a tensor says \(storage.count)")
      }
      let start = position + 8
      guard start <= file.length, storage.byteCount <= file.length - start else {
        throw fault("the storage '\(key)'", "the file ends before its \(count) elements do")
      }
      position = start + storage.byteCount
      guard places.updateValue(start..<position, forKey: key) == nil else {
        throw fault("the storage '\(key)'", "it occurs twice")
      }
    }
    guard position == file.length else {
      throw fault("the end", "\(file.length - position) bytes follow the last storage")
    }
    self.file = file
    self.places = places
  }

  func name(of key: String) -> String { "the storage '\(key)'" }

  func length(of key: String) -> Int? { places[key]?.count }

  func withPieces(
    of key: String, covering range: Range<Int>, _ body: (_ start: Int, _ piece: UnsafeRawBufferPointer) -> Void
  ) throws {
    guard let place = places[key] else { return }
    let size = 1 << 20
    for start in stride(from: range.lowerBound, to: range.upperBound, by: size) {
      let count = min(size, range.upperBound - start)
      let piece = try file.read(from: place.lowerBound + start, atMost: count)
      guard piece.count == count else {
        throw PretrainedWeightsError.damaged(
          file: file.path, place: name(of: key), reason: "the file has changed since it was opened")
      }
      piece.withUnsafeBytes { body(start, $0) }
    }
  }
}

extension RegularFile {
  /// Like `bytes(from:atMost:)`, with this module's error.
  func read(from offset: Int = 0, atMost count: Int) throws -> [UInt8] {
    try PretrainedWeightsError.reading(try bytes(from: offset, atMost: count))
  }
}
