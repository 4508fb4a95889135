import CImageCodecs
import TesseraFiles

/// What the numbers in a mask mean: the names and colors of the classes, and which index is void.
///
/// A label space travels with masks through loss, metric, palette, writer and checkpoint, so that they all agree on
/// which index is "other".
public struct LabelSpace: Sendable, Hashable, Codable {
  /// One class: its name and its color in pictures.
  public struct Class: Sendable, Hashable, Codable {
    public var name: String
    public var color: Color

    public init(name: String, color: Color) {
      self.name = name
      self.color = color
    }
  }

  /// Entry k names index k. The void index has an entry if it lies inside.
  public let classes: [Class]

  /// The mask value that is not a class: not trained on, not counted. It may lie outside `classes` (255). If `nil`,
  /// every value counts.
  public let void: Int?

  /// Whether networks for this space have an output for the void index, if that lies among the classes. Those of other
  /// programs for ADE20K have none.
  public let hasVoidOutput: Bool

  /// - Parameters:
  ///   - classes: entry k names index k.
  ///   - void: the mask value that is not a class.
  ///   - hasVoidOutput: whether networks have an output for it; without effect on a value outside `classes`.
  public init(classes: [Class], void: Int?, hasVoidOutput: Bool = true) {
    self.classes = classes
    self.void = void
    self.hasVoidOutput = hasVoidOutput || !(void.map(classes.indices.contains) ?? false)
  }

  private enum CodingKeys: CodingKey { case classes, void, hasVoidOutput }

  public init(from decoder: any Decoder) throws {
    let space = try decoder.container(keyedBy: CodingKeys.self)
    // The largest void value is the largest that a mask can hold.
    self.init(
      classes: try space.decode([Class].self, forKey: .classes),
      void: try space.countIfPresent(.void, upTo: Int(UInt16.max)),
      hasVoidOutput: try space.decodeIfPresent(Bool.self, forKey: .hasVoidOutput) ?? true)
  }

  /// Files say only if there is no output for void: what they hold otherwise is older than the question.
  public func encode(to encoder: any Encoder) throws {
    var space = encoder.container(keyedBy: CodingKeys.self)
    try space.encode(classes, forKey: .classes)
    try space.encodeIfPresent(void, forKey: .void)
    if !hasVoidOutput { try space.encode(false, forKey: .hasVoidOutput) }
  }

  /// The number of entries, a void one included.
  public var count: Int { classes.count }

  /// Whether a mask may hold `index`.
  public func contains(_ index: Int) -> Bool { classes.indices.contains(index) || index == void }

  /// Whether a mask may hold all of these indices: `contains(_:)` for whole pictures.
  package func containsAll(of indices: UnsafeBufferPointer<UInt8>) -> Bool {
    codecAllAllowedBytes(indices.baseAddress, indices.count, UInt32(clamping: count), Int32(clamping: void ?? -1)) != 0
  }

  /// The same for 16-bit indices.
  package func containsAll(of indices: UnsafeBufferPointer<UInt16>) -> Bool {
    codecAllAllowedWords(indices.baseAddress, indices.count, UInt32(clamping: count), Int32(clamping: void ?? -1)) != 0
  }

  /// The name of the class; "void" for a void index outside the classes, "class 17" for an index without a meaning.
  public func name(of index: Int) -> String {
    if classes.indices.contains(index) { return classes[index].name }
    return index == void ? "void" : "class \(index)"
  }

  /// The color of the class; black for a void index outside the classes, magenta for an index without a meaning, so
  /// that it stands out.
  public func color(of index: Int) -> Color {
    if classes.indices.contains(index) { return classes[index].color }
    return index == void ? .black : Color(255, 0, 255)
  }
}
