/// What a mask file holds, before its values are interpreted.
package struct MaskContents: Equatable, Sendable {
  /// In pixels.
  package let width: Int
  package let height: Int

  /// The number of pixels for each value that occurs.
  package let pixels: [Int: Int]

  /// Decodes all of a mask; `name` identifies the file in errors.
  ///
  /// - Throws: `ImageError`, `MaskError`.
  package init(decoding bytes: [UInt8], name: String) throws {
    let picture = try IndexPicture(decoding: bytes, name: name)
    (width, height, pixels) = (picture.width, picture.height, picture.histogram)
  }

  /// Counts the indices of a mask.
  package init(_ mask: Mask) { (width, height, pixels) = (mask.width, mask.height, mask.histogram) }

  /// Whether a PNG or TIFF holds colors that are not all gray, so that its pixels cannot be numbers; `nil` if it cannot
  /// be read.
  package static func holdsColors(_ path: String) -> Bool? {
    guard let bytes = try? FileBytes.read(path) else { return nil }
    switch Signature(of: bytes) {
    case .png, .tiff: break
    case .jpeg, .webp, .other: return nil
    }
    do {
      _ = try IndexPicture(decoding: bytes, name: path)
      return false
    } catch {
      return error is MaskError ? true : nil
    }
  }
}
