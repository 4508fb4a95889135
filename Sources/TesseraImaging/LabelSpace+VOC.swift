extension LabelSpace {
  /// The 20 classes of PASCAL VOC (Everingham et al. 2010) at 1...20 and "background", which is a class, at 0: 21
  /// outputs. 255, which the data set draws around objects, is void.
  public static let voc = LabelSpace(
    classes: [
      "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
      "diningtable",
      "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ].enumerated().map { Class(name: $1, color: bitColor(of: $0)) },
    void: 255)

  /// The data set's color of an index: its bits in turn belong to red, green and blue, the lowest first, and each
  /// channel takes its own from the highest bit down.
  static func bitColor(of index: Int) -> Color {
    func channel(_ first: Int) -> UInt8 {
      (0..<3).reduce(0) { $0 | UInt8(index >> (3 * $1 + first) & 1) << UInt8(7 - $1) }
    }
    return Color(channel(0), channel(1), channel(2))
  }
}
