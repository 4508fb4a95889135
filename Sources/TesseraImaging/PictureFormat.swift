/// A file format of pictures.
public enum PictureFormat: Sendable, Hashable {
  /// Lossless, 8 or 16 bits.
  case png

  /// Lossy, 8 bits; `quality` is libjpeg's 1...100.
  case jpeg(quality: Int = 90)

  /// The format that a file name's ending asks for: `.png`, `.jpg` or `.jpeg` in any case; `nil` for others.
  public init?(fileName: String) {
    let name = fileName.lowercased()
    if name.hasSuffix(".png") {
      self = .png
    } else if name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") {
      self = .jpeg()
    } else {
      return nil
    }
  }
}
