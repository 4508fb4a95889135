import Foundation
import TesseraFiles
import TesseraImaging

/// The files in a data set's folder that name its classes.
package enum ClassFiles {
  /// The names to look for. Those that others use for other things too must have the format of their program. Of
  /// several that agree, the first counts.
  private static let names = [
    "classes.txt", "labelmap.txt", "labels.txt", "_classes.csv", ClassListFormat.colorTableName,
    ClassListFormat.labelColors,
  ]

  private static let objectInfo = "objectInfo150.txt"

  /// The classes named by files in `folder`, and the colors of masks if the file is about these; `nil` if there is no
  /// such file.
  ///
  /// - Throws: `LabelSpaceError`, also if two files disagree.
  static func found(in folder: String, void: Int?) throws(LabelSpaceError) -> (space: LabelSpace, colors: ColorTable?)?
  {
    var found: [(path: String, space: LabelSpace)] = []
    for name in names where isTaken("\(folder)/\(name)") {
      let path = "\(folder)/\(name)"
      let saysWhatItIs = [names[0], ClassListFormat.colorTableName].contains(name)
      if !saysWhatItIs, [nil, .plain].contains(LabelSpace.classListFormat(of: path)) { continue }
      found.append((path, try LabelSpace(classNames: path, void: void)))
    }
    // Even a link that leads nowhere: reading it says what is wrong.
    let path = "\(folder)/\(objectInfo)"
    if isTaken(path) {
      found.append((path, LabelSpace(classes: try LabelSpace(objectInfo: path).classes, void: void)))
    }
    guard let first = found.first else { return nil }
    if let other = found.first(where: { $0.space.classes.map(\.name) != first.space.classes.map(\.name) }) {
      throw .disagreement(files: [first.path, other.path])
    }
    if first.path.hasSuffix(objectInfo) { return (first.space, nil) }
    return (first.space, try LabelSpace.colorTable(classNames: first.path, void: void))
  }

  /// The names of those that a folder has.
  package static func present(in folder: String) -> [String] {
    (names + [objectInfo]).filter { isFile("\(folder)/\($0)") }
  }

  /// Whether masks hold colors: the first few tell.
  static func areColored(_ masks: [String]) -> Bool {
    masks.prefix(8).contains { MaskContents.holdsColors($0) == true }
  }
}
