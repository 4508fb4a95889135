import CImageCodecs

/// The numbers of a mask's file at the depth that it has, before anybody asks what they mean; in the decoder's own
/// memory, as of large masks only a part is wanted.
struct IndexPicture: ~Copyable {
  private let picture: CodecPicture

  var width: Int { Int(picture.width) }
  var height: Int { Int(picture.height) }

  /// Decodes a palette PNG, or one whose pixels are all grey and opaque; `name` stands for the file in errors.
  ///
  /// - Throws: `ImageError` where the bytes cannot be decoded, `MaskError` where they hold colors.
  init(decoding bytes: [UInt8], name: String) throws {
    switch Signature(of: bytes) {
    case .png: break
    case .jpeg: throw MaskError.notIndices(file: name, kind: "is a JPEG, which blurs class numbers")
    case .other(let found): throw ImageError.notAPicture(file: name, found: found)
    }
    picture = try Codec.decodePNGIndices(bytes, file: name)
  }

  deinit { codecFree(picture.samples) }

  /// - Throws: `MaskError.unknownValues` where the label space lacks a number.
  func check(against labelSpace: LabelSpace, name: String) throws {
    let isKnown = picture.bitDepth == 16 ? labelSpace.containsAll(of: words) : labelSpace.containsAll(of: bytes)
    if !isKnown, let unknown = try mask(labelSpace, name: name).unknownValues {
      throw MaskError.unknownValues(file: name, unknown)
    }
  }

  /// All numbers as a mask, unchecked.
  ///
  /// - Throws: `ImageError` where there is no memory for them.
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

  private var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: picture.samples, count: width * height) }

  private var words: UnsafeBufferPointer<UInt16> {
    UnsafeRawBufferPointer(start: picture.samples, count: picture.byteCount).bindMemory(to: UInt16.self)
  }
}
