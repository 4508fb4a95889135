/// Which class each color of a colored mask stands for.
///
/// ```swift
/// let mask = try ColorTable(of: .camvid).mask(of: Image(contentsOf: "0001TP_006690_L.png"))
/// ```
public struct ColorTable: Sendable, Hashable {
  /// The indices that each color stands for; with several, the color is ambiguous.
  public let indices: [Color: [Int]]

  /// What the indices mean.
  public let labelSpace: LabelSpace

  /// The colors of the classes; void outside the classes is black, unless a class is.
  public init(of labelSpace: LabelSpace) {
    var indices = Dictionary(grouping: labelSpace.classes.indices) { labelSpace.color(of: $0) }
    if let void = labelSpace.void { indices[labelSpace.color(of: void), default: [void]] += [] }
    self.init(indices, labelSpace)
  }

  /// The same table, in which `color` stands for `index`, whatever it stood for before.
  public func setting(_ color: Color, to index: Int) -> ColorTable {
    ColorTable(indices.merging([color: [index]]) { $1 }, labelSpace)
  }

  private init(_ indices: [Color: [Int]], _ labelSpace: LabelSpace) {
    (self.indices, self.labelSpace) = (indices, labelSpace)
  }

  /// The class of each pixel.
  ///
  /// - Parameters:
  ///   - image: 8 bits per channel; gray is a color too.
  ///   - name: identifies the picture in errors.
  /// - Throws: `MaskError.unknownColors` with all colors that belong to no class, and the nearest that does;
  ///   `MaskError.ambiguousColor` if two classes share a color that occurs in the picture.
  public func mask(of image: Image, name: String = "picture") throws(MaskError) -> Mask {
    let pixels = image.pixels
    let (green, blue) = image.channels == 3 ? (1, 2) : (0, 0)
    var unknown: [Color: (pixels: Int, first: Int)] = [:]
    // Most pixels have their left neighbor's color.
    var last: (color: Color, index: UInt16)?
    var result = [UInt16](repeating: 0, count: image.width * image.height)
    for pixel in result.indices {
      let sample = pixel * image.channels
      let color = Color(pixels[sample], pixels[sample + green], pixels[sample + blue])
      if last?.color != color {
        guard let found = indices[color] else {
          unknown[color, default: (0, pixel)].pixels += 1
          continue
        }
        if found.count > 1 { throw .ambiguousColor(file: name, color, classes: found.map(labelSpace.name)) }
        last = (color, UInt16(found[0]))
      }
      result[pixel] = last?.index ?? 0
    }
    if !unknown.isEmpty {
      throw .unknownColors(
        file: name, UnknownColors(unknown, width: image.width) { nearest(to: $0) })
    }
    return Mask(width: image.width, height: image.height, indices: result, labelSpace: labelSpace)
  }

  /// Decodes a colored PNG or TIFF; `name` identifies the file in errors.
  ///
  /// - Throws: `ImageError`, `MaskError`.
  package func mask(decoding bytes: [UInt8], name: String) throws -> Mask {
    switch Signature(of: bytes) {
    case .jpeg: throw MaskError.notIndices(file: name, kind: "is a JPEG, which blurs the colors of classes")
    case .webp: throw MaskError.notIndices(file: name, kind: "is a WebP, which may blur the colors of classes")
    case .png, .tiff, .other: break
    }
    return try mask(of: DecodedImage(decoding: bytes, name: name).image, name: name)
  }

  /// The class whose color is the least different one, by the sum of squared differences.
  private func nearest(to color: Color) -> UnknownColors.Nearest? {
    func distance(_ other: Color) -> Int {
      [(color.red, other.red), (color.green, other.green), (color.blue, other.blue)].reduce(0) {
        let difference = Int($1.0) - Int($1.1)
        return $0 + difference * difference
      }
    }
    let ranked = indices.map { (distance: distance($0.key), index: $0.value[0], color: $0.key) }
    return ranked.min { ($0.distance, $0.index) < ($1.distance, $1.index) }.map {
      UnknownColors.Nearest(color: $0.color, name: labelSpace.name(of: $0.index))
    }
  }
}
