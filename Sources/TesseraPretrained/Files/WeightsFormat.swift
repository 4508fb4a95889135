import TesseraHDF5

/// What a file is, by its first bytes.
enum WeightsFormat {
  case hdf5, safeTensors, zip
  /// PyTorch's formats before 1.6, and of its first months.
  case pickle, tar
  /// A text that stands for a file, or was sent instead of one.
  case pointer, page
  case empty, other

  /// - Parameter bytes: the first 512, or all where there are fewer.
  init(_ bytes: [UInt8]) {
    func starts(with text: String) -> Bool { bytes.starts(with: text.utf8) }
    let text = String(decoding: bytes.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.prefix(14), as: UTF8.self)
    if bytes.isEmpty {
      self = .empty
    } else if bytes.starts(with: HDF5File.signature) {
      self = .hdf5
    } else if starts(with: "PK\u{3}\u{4}") || starts(with: "PK\u{5}\u{6}") {
      self = .zip
    } else if bytes.count > 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
      && !(bytes.count > 8 && bytes[8] == UInt8(ascii: "{"))
    {
      self = .pickle
    } else if bytes.count >= 262 && bytes[257..<262].elementsEqual("ustar".utf8) {
      self = .tar
    } else if starts(with: "version https://git-lfs") {
      self = .pointer
    } else if ["<!doctype", "<html", "<?xml"].contains(where: text.lowercased().hasPrefix) {
      self = .page
    } else if bytes.count > 8 && bytes[8] == UInt8(ascii: "{") {
      self = .safeTensors
    } else {
      self = .other
    }
  }
}
