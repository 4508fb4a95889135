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
}
