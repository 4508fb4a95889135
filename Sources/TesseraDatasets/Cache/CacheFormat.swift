import TesseraImaging
import TesseraTensors

/// The layout of a cache file, little-endian: a header, an entry for each sample, then the samples' pixels and indices,
/// each sample at a multiple of 64 bytes, with zeros in the gaps. Every byte is covered by a checksum.
///
/// | header, at byte | |
/// |---|---|
/// | 0 | `TESSERAC` |
/// | 8 | version (32 bits) |
/// | 12 | width and height of all samples (32 bits each) |
/// | 24 | fingerprint of the sources |
/// | 32 | number of samples |
/// | 40 | length of the file |
/// | 48 | CRC-32 of all entries and of the gap after them |
/// | 56 | CRC-32 of the 56 bytes before |
struct CacheFormat {
  static let magic = Array("TESSERAC".utf8)

  /// The version; changes with the format and with anything that changes what is read from the same files at the same
  /// size.
  static let version: UInt32 = 2
  static let headerLength = 64
  static let entryLength = 24
  static let alignment = 64

  /// The depth in bits of pixels that are not a photograph, with any number of channels.
  static let floatDepth = 32

  /// Where a sample is and what it holds.
  struct Entry: Equatable {
    let offset: Int
    let checksum: UInt64
    let channels: Int
    let imageDepth: Int
    let maskDepth: Int

    func imageLength(_ size: ImageSize) -> Int { size.width * size.height * channels * (imageDepth / 8) }
    func length(_ size: ImageSize) -> Int { imageLength(size) + size.width * size.height * (maskDepth / 8) }

    /// The length up to the next sample, which the checksum covers.
    func stride(_ size: ImageSize) -> Int { CacheFormat.aligned(length(size)) }
  }

  let size: ImageSize
  let fingerprint: UInt64
  let fileLength: Int
  let entries: [Entry]

  /// A checksum with its width in the file.
  static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 { UInt64(CRC32.sum(of: bytes)) }

  /// The first multiple of the alignment at or after `offset`.
  static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

  /// Where the first sample starts.
  static func firstSample(count: Int) -> Int { aligned(headerLength + count * entryLength) }

  init(size: ImageSize, fingerprint: UInt64, fileLength: Int, entries: [Entry]) {
    (self.size, self.fingerprint, self.fileLength, self.entries) = (size, fingerprint, fileLength, entries)
  }

  /// Header and entries as bytes, up to the first sample.
  var bytes: [UInt8] {
    var table = LittleEndianBytes()
    for entry in entries {
      table.append(UInt64(entry.offset))
      table.append(entry.checksum)
      table.append(UInt32(entry.channels))
      table.append(UInt16(entry.imageDepth))
      table.append(UInt16(entry.maskDepth))
    }
    let gap = Self.firstSample(count: entries.count) - Self.headerLength - table.bytes.count
    table.bytes += [UInt8](repeating: 0, count: gap)
    var header = LittleEndianBytes(bytes: Self.magic)
    header.append(Self.version)
    header.append(UInt32(size.width))
    header.append(UInt32(size.height))
    header.append(0 as UInt32)
    header.append(fingerprint)
    header.append(UInt64(entries.count))
    header.append(UInt64(fileLength))
    header.append(table.bytes.withUnsafeBytes(Self.checksum))
    header.append(header.bytes.withUnsafeBytes(Self.checksum))
    return header.bytes + table.bytes
  }

  /// Reads header and entries from a whole file's bytes; trusts none of them.
  ///
  /// - Throws: `CacheFlaw`.
  init(_ file: UnsafeRawBufferPointer) throws(CacheFlaw) {
    guard file.starts(with: Self.magic) else { throw file.count < Self.magic.count ? .cutShort : .foreign }
    guard file.count >= Self.headerLength else { throw .cutShort }
    func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
      Number(littleEndian: file.loadUnaligned(fromByteOffset: offset, as: type))
    }
    guard number(8, as: UInt32.self) == Self.version else { throw .otherVersion }
    let headerSum = Self.checksum(of: UnsafeRawBufferPointer(rebasing: file[..<56]))
    guard number(56, as: UInt64.self) == headerSum else { throw .damaged("its header") }
    let (width, height) = (Int(number(12, as: UInt32.self)), Int(number(16, as: UInt32.self)))
    fingerprint = number(24, as: UInt64.self)
    fileLength = Int(clamping: number(40, as: UInt64.self))
    guard fileLength == file.count else { throw file.count < fileLength ? .cutShort : .damaged("its length") }
    let count = Int(clamping: number(32, as: UInt64.self))
    guard width > 0, height > 0, width <= Image.pixelLimit / height,
      count <= (file.count - Self.headerLength) / Self.entryLength, Self.firstSample(count: count) <= file.count
    else { throw .damaged("its header") }
    size = ImageSize(width: width, height: height)
    let table = UnsafeRawBufferPointer(rebasing: file[Self.headerLength..<Self.firstSample(count: count)])
    guard number(48, as: UInt64.self) == Self.checksum(of: table) else { throw .damaged("its table of samples") }
    entries = (0..<count).map { position in
      let start = Self.headerLength + position * Self.entryLength
      return Entry(
        offset: Int(clamping: number(start, as: UInt64.self)), checksum: number(start + 8, as: UInt64.self),
        channels: Int(number(start + 16, as: UInt32.self)), imageDepth: Int(number(start + 20, as: UInt16.self)),
        maskDepth: Int(number(start + 22, as: UInt16.self)))
    }
    guard haveTheirPlaces else { throw .damaged("its table of samples") }
  }
}

extension CacheFormat {
  /// Whether samples follow each other as written: then nothing between them is without a checksum.
  private var haveTheirPlaces: Bool {
    var end = Self.firstSample(count: entries.count)
    for entry in entries {
      let hasPixels =
        entry.imageDepth == Self.floatDepth
        ? entry.channels > 0 : [1, 3].contains(entry.channels) && [8, 16].contains(entry.imageDepth)
      guard hasPixels, [8, 16].contains(entry.maskDepth), entry.offset == end, entry.stride(size) <= fileLength - end
      else { return false }
      end += entry.stride(size)
    }
    return end == fileLength
  }
}

/// Numbers as bytes, the least significant first.
struct LittleEndianBytes {
  var bytes: [UInt8] = []

  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }
}
