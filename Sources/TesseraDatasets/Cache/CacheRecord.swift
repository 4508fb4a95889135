import TesseraImaging
import TesseraTensors

/// A sample as a cache holds it: its pixels (samples of a photograph, or floats), then its indices, in 8 bits where
/// they suffice, then zeros up to the next.
struct CacheRecord: Sendable {
  let bytes: [UInt8]
  private let size: ImageSize
  private let channels: Int
  private let imageDepth: Int
  private let maskDepth: Int

  init(_ sample: Sample) {
    let indices = sample.mask.indices
    size = ImageSize(width: sample.mask.width, height: sample.mask.height)
    let needsWords = (indices.max() ?? 0) > UInt16(UInt8.max)
    var content = LittleEndianBytes()
    content.bytes.reserveCapacity(sample.pixels.byteCount + indices.count * 2)
    switch sample.pixels.content {
    case .image(let image):
      switch image.samples {
      case .eightBit(let pixels): content.bytes += pixels
      case .sixteenBit(let pixels): for pixel in pixels { content.append(pixel) }
      }
      (channels, imageDepth) = (image.channels, image.bitDepth)
    case .tensor(let tensor):
      for number in tensor.scalars { content.append(number.bitPattern) }
      (channels, imageDepth) = (sample.pixels.channels, CacheFormat.floatDepth)
    }
    if needsWords {
      for index in indices { content.append(index) }
    } else {
      content.bytes += indices.lazy.map { UInt8(truncatingIfNeeded: $0) }
    }
    let length = content.bytes.count
    content.bytes += [UInt8](repeating: 0, count: CacheFormat.aligned(length) - length)
    bytes = content.bytes
    maskDepth = needsWords ? 16 : 8
  }

  func entry(at offset: Int) -> CacheFormat.Entry {
    CacheFormat.Entry(
      size: size, offset: offset, checksum: bytes.withUnsafeBytes(CacheFormat.checksum), channels: channels,
      imageDepth: imageDepth, maskDepth: maskDepth)
  }

  /// The sample in `bytes` that `entry` describes; `nil` if some of its indices are not in the label space.
  static func sample(
    _ name: String, in bytes: UnsafeRawBufferPointer, _ entry: CacheFormat.Entry, labelSpace: LabelSpace
  ) -> Sample? {
    let (size, imageEnd) = (entry.size, entry.imageLength)
    let pixels = UnsafeRawBufferPointer(rebasing: bytes[..<imageEnd])
    let indices = UnsafeRawBufferPointer(rebasing: bytes[imageEnd..<entry.length])
    guard hasKnownIndices(in: bytes, entry, labelSpace: labelSpace) else { return nil }
    func image(_ samples: Image.Samples) -> Pixels {
      Pixels(Image(width: size.width, height: size.height, channels: entry.channels, samples: samples))
    }
    let content =
      switch entry.imageDepth {
      case CacheFormat.floatDepth: Pixels(Tensor(floats(pixels), shape: [size.height, size.width, entry.channels]))
      case 16: image(.sixteenBit(words(pixels)))
      default: image(.eightBit([UInt8](pixels)))
      }
    return Sample(
      name: name, pixels: content,
      mask: Mask(
        width: size.width, height: size.height,
        indices: entry.maskDepth == 16 ? words(indices) : widened(indices), labelSpace: labelSpace))
  }

  /// Whether all indices of the sample in `bytes` are in the label space.
  static func hasKnownIndices(
    in bytes: UnsafeRawBufferPointer, _ entry: CacheFormat.Entry, labelSpace: LabelSpace
  ) -> Bool {
    let indices = UnsafeRawBufferPointer(rebasing: bytes[entry.imageLength..<entry.length])
    return entry.maskDepth == 16
      ? words(indices).withUnsafeBufferPointer(labelSpace.containsAll)
      : labelSpace.containsAll(of: indices.bindMemory(to: UInt8.self))
  }

  private static func words(_ bytes: UnsafeRawBufferPointer) -> [UInt16] {
    (0..<bytes.count / 2).map { UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
  }

  private static func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] {
    (0..<bytes.count / 4).map {
      Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
    }
  }

  private static func widened(_ bytes: UnsafeRawBufferPointer) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: bytes.count) { target, count in
      for position in 0..<bytes.count { target[position] = UInt16(bytes[position]) }
      count = bytes.count
    }
  }
}
