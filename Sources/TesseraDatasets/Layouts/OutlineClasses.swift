import TesseraImaging

/// The classes of outlines, which have names and no numbers.
struct OutlineClasses {
  let labelSpace: LabelSpace
  /// The index of each name, and of the names that stand for void or for what no outline covers.
  let indices: [String: Int]
  /// The index of pixels within no outline.
  let background: Int

  static let backgroundNames: Set = ["background", "_background_", "__background__"]
  /// What labelme calls areas that are no class.
  private static let ignored = "__ignore__"
  private static let void = 255

  /// - Parameter listed: the classes as a list in the folder has them; without a background among them, pixels within
  ///   no outline are void.
  init(listed: LabelSpace) {
    labelSpace = listed
    let void = listed.void ?? Self.void
    var indices = Dictionary(listed.classes.enumerated().map { ($1.name, $0) }) { first, _ in first }
    background = listed.classes.firstIndex { Self.backgroundNames.contains($0.name.lowercased()) } ?? void
    for name in Self.backgroundNames.sorted() where indices[name] == nil { indices[name] = background }
    indices[Self.ignored] = indices[Self.ignored] ?? void
    self.indices = indices
  }

  /// The names that occur, in their order, after the background.
  init(found names: [String]) {
    let names = names.filter { !Self.backgroundNames.contains($0.lowercased()) && $0 != Self.ignored }
    // Nothing need be void, but what an augmentation adds around a picture is.
    let void = names.count < Self.void ? Self.void : Int(UInt16.max)
    self.init(listed: LabelSpace(names: ["background"] + names, void: void))
  }

  /// What follows a name that is unknown.
  var known: String {
    "known: \(labelSpace.classes.prefix(12).map(\.name).joined(separator: ", "))\(labelSpace.count > 12 ? ", ..." : "")"
  }
}
