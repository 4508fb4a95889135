/// How a camera was held: EXIF 2.3 tag 0x0112, 1...8; see ``PictureMetadata``.
enum Orientation: UInt16 {
  case upright = 1
  case mirrored, upsideDown, mirroredUpsideDown, transposed, turnedLeft, transversed, turnedRight

  /// Whether the upright picture's width is the stored height.
  var swapsAxes: Bool { rawValue >= 5 }

  /// Whether the stored columns are read from right to left.
  var mirrorsColumns: Bool { [.mirrored, .upsideDown, .transversed, .turnedRight].contains(self) }

  /// Whether the stored rows are read from bottom to top.
  var mirrorsRows: Bool { [.upsideDown, .mirroredUpsideDown, .turnedLeft, .transversed].contains(self) }
}
