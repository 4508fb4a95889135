import CImageCodecs

/// The numbers in a mask file at their stored depth, before they are interpreted; in the decoder's own memory, because
/// only a part of large masks may be needed.
struct IndexPicture: ~Copyable {
  private let picture: CodecPicture

  var width: Int { Int(picture.width) }
  var height: Int { Int(picture.height) }

  /// Decodes a PNG or TIFF with a palette, or one whose pixels are all gray and opaque; `name` identifies the file in
  /// errors.
  ///
  /// - Throws: `ImageError` if the bytes cannot be decoded, `MaskError` if they hold colors.
  init(decoding bytes: [UInt8], name: String) throws {
    switch Signature(of: bytes) {
    case .png: picture = try Codec.decodePNGIndices(bytes, file: name)
    case .tiff: picture = try Codec.decodeTIFFIndices(bytes, file: name)
    case .jpeg: throw MaskError.notIndices(file: name, kind: "is a JPEG, which blurs class numbers")
    case .webp: throw MaskError.notIndices(file: name, kind: "is a WebP, which may blur class numbers")
    case .other(let found): throw ImageError.notAPicture(file: name, found: found)
    }
  }

  deinit { codecFree(picture.samples) }

  /// - Throws: `MaskError.unknownValues` if the label space lacks a number.
  func check(against labelSpace: LabelSpace, name: String) throws {
    let isKnown = picture.bitDepth == 16 ? labelSpace.containsAll(of: words) : labelSpace.containsAll(of: bytes)
    if !isKnown, let unknown = try mask(labelSpace, name: name).unknownValues {
      throw MaskError.unknownValues(file: name, unknown)
    }
  }

  /// All numbers as a mask, unchecked.
  ///
  /// - Throws: `ImageError` if there is not enough memory for them.
  func mask(_ labelSpace: LabelSpace, name: String) throws(ImageError) -> Mask {
    let indices = try PictureMemory.taking(2 * width * height, for: name) {
      picture.bitDepth == 16 ? [UInt16](words) : bytes.map(UInt16.init)
    }
    return Mask(width: width, height: height, indices: indices, labelSpace: labelSpace)
  }

  /// The numbers as a mask of another size, by nearest neighbor, unchecked.
  func mask(_ labelSpace: LabelSpace, resizedToWidth newWidth: Int, height newHeight: Int) -> Mask {
    let nearest = Rearrangement.nearest(from: (width, height), to: (newWidth, newHeight))
    let indices =
      picture.bitDepth == 16
      ? nearest.applied(to: words, channels: 1, fill: [0])
      : nearest.applied(to: bytes, channels: 1, fill: [0]).map(UInt16.init)
    return Mask(width: newWidth, height: newHeight, indices: indices, labelSpace: labelSpace)
  }

  /// The number of pixels for each number that occurs.
  var histogram: [Int: Int] {
    picture.bitDepth == 16 ? Self.histogram(of: words, values: 1 << 16) : Self.histogram(of: bytes, values: 1 << 8)
  }

  // Neighbors are mostly equal: with two tables, one count need not wait for the other.
  private static func histogram<Index: UnsignedInteger & FixedWidthInteger>(
    of indices: UnsafeBufferPointer<Index>, values: Int
  ) -> [Int: Int] {
    var counts = [Int](repeating: 0, count: 2 * values)
    counts.withUnsafeMutableBufferPointer { counts in
      for place in stride(from: 0, to: indices.count - 1, by: 2) {
        counts[Int(indices[place])] += 1
        counts[values + Int(indices[place + 1])] += 1
      }
      if indices.count % 2 == 1 { counts[Int(indices[indices.count - 1])] += 1 }
    }
    return (0..<values).reduce(into: [:]) { found, value in
      let count = counts[value] + counts[values + value]
      if count > 0 { found[value] = count }
    }
  }

  private var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: picture.samples, count: width * height) }

  private var words: UnsafeBufferPointer<UInt16> {
    UnsafeRawBufferPointer(start: picture.samples, count: picture.byteCount).bindMemory(to: UInt16.self)
  }
}
