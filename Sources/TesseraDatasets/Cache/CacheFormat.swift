import TesseraImaging
import TesseraTensors

/// The layout of a cache file, little-endian: a header, an entry for each sample, then the samples' pixels and indices,
/// each sample at a multiple of 64 bytes, with zeros in the gaps. Every byte is covered by a checksum.
///
/// | header, at byte | |
/// |---|---|
/// | 0 | `TESSERAC` |
/// | 8 | version (32 bits): 2 if all samples have one size, 3 if it follows from the picture's own |
/// | 12 | width and height of all samples, or of what they fit into (32 bits each); or what their size is multiplied by
/// (64) |
/// | 20 | in version 3: 1 = fitted, 2 = multiplied (32 bits) |
/// | 24 | fingerprint of the sources |
/// | 32 | number of samples |
/// | 40 | length of the file |
/// | 48 | CRC-32 of all entries and of the gap after them |
/// | 56 | CRC-32 of the 56 bytes before |
struct CacheFormat {
  static let magic = Array("TESSERAC".utf8)

  /// The version of samples of one size and of others; they change with the format and with anything that changes what
  /// is read from the same files at the same size.
  static let versions: (oneSize: UInt32, ownSizes: UInt32) = (2, 3)
  static let headerLength = 64
  static let alignment = 64

  /// The depth in bits of pixels that are not a photograph, with any number of channels.
  static let floatDepth = 32

  /// Where a sample is and what it holds.
  struct Entry: Equatable {
    /// Of the sample.
    let size: ImageSize
    let offset: Int
    let checksum: UInt64
    let channels: Int
    let imageDepth: Int
    let maskDepth: Int

    var imageLength: Int { size.pixels * channels * (imageDepth / 8) }
    var length: Int { imageLength + size.pixels * (maskDepth / 8) }

    /// The length up to the next sample, which the checksum covers.
    var stride: Int { CacheFormat.aligned(length) }

    /// The length of an entry in the file.
    static func byteCount(for size: ScaledSize) -> Int { if case .exactly = size { 24 } else { 32 } }
  }

  let size: ScaledSize
  let fingerprint: UInt64
  let fileLength: Int
  let entries: [Entry]

  /// A checksum with its width in the file.
  static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 { UInt64(CRC32.sum(of: bytes)) }

  /// The first multiple of the alignment at or after `offset`.
  static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

  /// Where the first sample starts.
  static func firstSample(count: Int, _ size: ScaledSize) -> Int {
    aligned(headerLength + count * Entry.byteCount(for: size))
  }

  init(size: ScaledSize, fingerprint: UInt64, fileLength: Int, entries: [Entry]) {
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
      if case .exactly = size { continue }
      table.append(UInt32(entry.size.width))
      table.append(UInt32(entry.size.height))
    }
    let gap = Self.firstSample(count: entries.count, size) - Self.headerLength - table.bytes.count
    table.bytes += [UInt8](repeating: 0, count: gap)
    var header = LittleEndianBytes(bytes: Self.magic)
    if case .exactly = size { header.append(Self.versions.oneSize) } else { header.append(Self.versions.ownSizes) }
    switch size {
    case .exactly(let size), .within(let size):
      header.append(UInt32(size.width))
      header.append(UInt32(size.height))
    case .times(let factor): header.append(factor.bitPattern)
    }
    switch size {
    case .exactly: header.append(0 as UInt32)
    case .within: header.append(1 as UInt32)
    case .times: header.append(2 as UInt32)
    }
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
    let version = number(8, as: UInt32.self)
    guard [Self.versions.oneSize, Self.versions.ownSizes].contains(version) else { throw .otherVersion }
    let headerSum = Self.checksum(of: UnsafeRawBufferPointer(rebasing: file[..<56]))
    guard number(56, as: UInt64.self) == headerSum else { throw .damaged("its header") }
    fingerprint = number(24, as: UInt64.self)
    fileLength = Int(clamping: number(40, as: UInt64.self))
    guard fileLength == file.count else { throw file.count < fileLength ? .cutShort : .damaged("its length") }
    let count = Int(clamping: number(32, as: UInt64.self))
    func storedSize(_ offset: Int, _ what: String) throws(CacheFlaw) -> ImageSize {
      let (width, height) = (Int(number(offset, as: UInt32.self)), Int(number(offset + 4, as: UInt32.self)))
      guard width > 0, height > 0, width <= Image.pixelLimit / height else { throw .damaged(what) }
      return ImageSize(width: width, height: height)
    }
    switch (version, number(20, as: UInt32.self)) {
    case (Self.versions.oneSize, _): size = .exactly(try storedSize(12, "its header"))
    case (_, 1): size = .within(try storedSize(12, "its header"))
    default: size = .times(Double(bitPattern: number(12, as: UInt64.self)))
    }
    let entryLength = Entry.byteCount(for: size)
    guard count <= (file.count - Self.headerLength) / entryLength, Self.firstSample(count: count, size) <= file.count
    else { throw .damaged("its header") }
    let table = UnsafeRawBufferPointer(rebasing: file[Self.headerLength..<Self.firstSample(count: count, size)])
    guard number(48, as: UInt64.self) == Self.checksum(of: table) else { throw .damaged("its table of samples") }
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    for position in 0..<count {
      let start = Self.headerLength + position * entryLength
      let entrySize: ImageSize
      if case .exactly(let size) = size {
        entrySize = size
      } else {
        entrySize = try storedSize(start + 24, "its table of samples")
      }
      entries.append(
        Entry(
          size: entrySize, offset: Int(clamping: number(start, as: UInt64.self)),
          checksum: number(start + 8, as: UInt64.self),
          channels: Int(number(start + 16, as: UInt32.self)), imageDepth: Int(number(start + 20, as: UInt16.self)),
          maskDepth: Int(number(start + 22, as: UInt16.self))))
    }
    self.entries = entries
    guard haveTheirPlaces else { throw .damaged("its table of samples") }
  }
}

extension CacheFormat {
  /// Whether samples follow each other as written: then nothing between them is without a checksum.
  private var haveTheirPlaces: Bool {
    var end = Self.firstSample(count: entries.count, size)
    for entry in entries {
      let hasPixels =
        entry.imageDepth == Self.floatDepth
        ? entry.channels > 0 : [1, 3].contains(entry.channels) && [8, 16].contains(entry.imageDepth)
      guard hasPixels, [8, 16].contains(entry.maskDepth), entry.offset == end, entry.stride <= fileLength - end
      else { return false }
      end += entry.stride
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
