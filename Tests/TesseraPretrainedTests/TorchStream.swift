/// Writes files as PyTorch before 1.6 did, with any pickle and any claims.
struct TorchStream {
  var magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
  var version = 1001
  var isLittleEndian = true
  var pickle: [UInt8]
  /// The storages' names as the last pickle lists them; those of `storages` where `nil`.
  var names: [String]?
  var storages: [(key: String, count: Int, bytes: [UInt8])] = []
  var end: [UInt8] = []

  func write(to path: String) throws {
    let system = Pickle.dictionary([
      ("protocol_version", Pickle.integer(version)), ("little_endian", [isLittleEndian ? 0x88 : 0x89]),
    ])
    var file: [UInt8] = [0x80, 2, 0x8A, 10]
    file += magic
    file += [0x2E, 0x80, 2] as [UInt8]
    file += Pickle.integer(version)
    file += [0x2E] as [UInt8]
    file += system + pickle
    file += [0x80, 2, 0x5D, 0x28] as [UInt8]
    for name in names ?? storages.map(\.key) { file += Pickle.text(name) }
    file += [0x65, 0x2E] as [UInt8]
    for storage in storages { file += littleEndian(storage.count, 8) + storage.bytes }
    try (file + end).write(to: path)
  }
}
