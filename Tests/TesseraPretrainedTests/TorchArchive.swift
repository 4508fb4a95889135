import Foundation
import TesseraTensors

/// Writes zip archives as PyTorch does, without compression, with any pickle and any claims.
struct TorchArchive {
  var pickle: [UInt8]
  /// The numbers of the storages, by the names of their files.
  var storages: [(key: String, bytes: [UInt8])] = []
  var byteOrder: String? = "little"

  func write(to path: String) throws {
    var entries = [("archive/data.pkl", pickle)] + storages.map { ("archive/data/\($0.key)", $0.bytes) }
    if let byteOrder { entries.append(("archive/byteorder", Array(byteOrder.utf8))) }
    try Self.zip(entries).write(to: path)
  }

  private static func zip(_ entries: [(path: String, bytes: [UInt8])]) -> [UInt8] {
    var (file, table): ([UInt8], [UInt8]) = ([], [])
    for (path, bytes) in entries {
      var checksum = CRC32()
      checksum.add(bytes)
      let crc = UInt32(checksum.text, radix: 16) ?? 0
      // Version, flags, method, time, date, checksum, both sizes, length of the name, no extra field.
      let common =
        [20, 0, 0, 0, 0x21].flatMap { littleEndian($0, 2) } + littleEndian(Int(crc), 4)
        + littleEndian(bytes.count, 4) + littleEndian(bytes.count, 4) + littleEndian(path.utf8.count, 2) + [0, 0]
      table += Array("PK\u{1}\u{2}".utf8) + [20, 0] + common + [UInt8](repeating: 0, count: 10)
      table += littleEndian(file.count, 4) + Array(path.utf8)
      file += Array("PK\u{3}\u{4}".utf8) + common + Array(path.utf8) + bytes
    }
    let end = littleEndian(entries.count, 2) + littleEndian(entries.count, 2) + littleEndian(table.count, 4)
    return file + table + Array("PK\u{5}\u{6}".utf8) + [0, 0, 0, 0] + end + littleEndian(file.count, 4) + [0, 0]
  }
}

func littleEndian(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// Pickles, put together from instructions.
enum Pickle {
  static func text(_ text: String) -> [UInt8] { [0x58] + littleEndian(text.utf8.count, 4) + Array(text.utf8) }
  static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + littleEndian(value, 8) }
  static func tuple(_ items: [UInt8]...) -> [UInt8] { [0x28] + items.flatMap(\.self) + [0x74] }
  static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }

  /// - Parameter part: the sixth entry of older files.
  static func storage(
    _ type: String = "FloatStorage", key: String = "0", count: Int, part: [UInt8] = []
  ) -> [UInt8] {
    tuple(text("storage"), global("torch", type), text(key), text("cpu"), integer(count) + part) + [0x51]
  }

  static func tensor(_ storage: [UInt8], offset: Int = 0, shape: [Int], strides: [Int]) -> [UInt8] {
    func integers(_ values: [Int]) -> [UInt8] { [0x28] + values.flatMap(integer) + [0x74] }
    return global("torch._utils", "_rebuild_tensor_v2")
      + tuple(storage, integer(offset), integers(shape), integers(strides), [0x89], [0x4E]) + [0x52]
  }

  /// A whole pickle of one dictionary.
  static func dictionary(_ items: [(name: String, value: [UInt8])]) -> [UInt8] {
    [0x80, 2, 0x7D, 0x28] + items.flatMap { text($0.name) + $0.value } + [0x75, 0x2E]
  }
}
