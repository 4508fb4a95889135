import TesseraImaging
import TesseraTensors

/// A sample as a cache holds it: its pixels, then its indices, in 8 bits where they suffice, then zeros up to the next.
struct CacheRecord: Sendable {
  let bytes: [UInt8]
  private let channels: Int
  private let imageDepth: Int
  private let maskDepth: Int

  init(_ sample: Sample) {
    let indices = sample.mask.indices
    let needsWords = (indices.max() ?? 0) > UInt16(UInt8.max)
    var content = LittleEndianBytes()
    content.bytes.reserveCapacity(sample.image.samples.count * 2 + indices.count * 2)
    switch sample.image.samples {
    case .eightBit(let pixels): content.bytes += pixels
    case .sixteenBit(let pixels): for pixel in pixels { content.append(pixel) }
    }
    if needsWords {
      for index in indices { content.append(index) }
    } else {
      content.bytes += indices.lazy.map { UInt8(truncatingIfNeeded: $0) }
    }
    let length = content.bytes.count
    content.bytes += [UInt8](repeating: 0, count: CacheFormat.aligned(length) - length)
    bytes = content.bytes
    (channels, imageDepth, maskDepth) = (sample.image.channels, sample.image.bitDepth, needsWords ? 16 : 8)
  }

  func entry(at offset: Int) -> CacheFormat.Entry {
    CacheFormat.Entry(
      offset: offset, checksum: bytes.withUnsafeBytes(CacheFormat.checksum), channels: channels, imageDepth: imageDepth,
      maskDepth: maskDepth)
  }

  /// The sample that lies in `bytes` as `entry` says; `nil` where its indices are not all of the label space.
  static func sample(
    _ name: String, in bytes: UnsafeRawBufferPointer, _ entry: CacheFormat.Entry, size: ImageSize,
    labelSpace: LabelSpace
  ) -> Sample? {
    let imageEnd = entry.imageLength(size)
    let pixels = UnsafeRawBufferPointer(rebasing: bytes[..<imageEnd])
    let indices = UnsafeRawBufferPointer(rebasing: bytes[imageEnd..<entry.length(size)])
    guard hasKnownIndices(in: bytes, entry, size: size, labelSpace: labelSpace) else { return nil }
    let samples: Image.Samples =
      entry.imageDepth == 16 ? .sixteenBit(words(pixels)) : .eightBit([UInt8](pixels))
    return Sample(
      name: name,
      image: Image(width: size.width, height: size.height, channels: entry.channels, samples: samples),
      mask: Mask(
        width: size.width, height: size.height,
        indices: entry.maskDepth == 16 ? words(indices) : widened(indices), labelSpace: labelSpace))
  }

  /// Whether the label space has all indices of the sample in `bytes`.
  static func hasKnownIndices(
    in bytes: UnsafeRawBufferPointer, _ entry: CacheFormat.Entry, size: ImageSize, labelSpace: LabelSpace
  ) -> Bool {
    let indices = UnsafeRawBufferPointer(rebasing: bytes[entry.imageLength(size)..<entry.length(size)])
    return entry.maskDepth == 16
      ? words(indices).withUnsafeBufferPointer(labelSpace.containsAll)
      : labelSpace.containsAll(of: indices.bindMemory(to: UInt8.self))
  }

  private static func words(_ bytes: UnsafeRawBufferPointer) -> [UInt16] {
    (0..<bytes.count / 2).map { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
  }

  private static func widened(_ bytes: UnsafeRawBufferPointer) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: bytes.count) { target, count in
      for position in 0..<bytes.count { target[position] = UInt16(bytes[position]) }
      count = bytes.count
    }
  }
}
