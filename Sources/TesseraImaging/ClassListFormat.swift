/// The supported formats of class lists, distinguished by their first lines.
package enum ClassListFormat: Sendable, Equatable {
  /// One name per line.
  case plain

  /// CVAT's `labelmap.txt`: `cat:48,112,32::`, after a heading.
  case cvat

  /// labelme's `labels.txt`: names, of which `__ignore__` at -1 may be the first, then `_background_`.
  case labelme

  /// Roboflow's `_classes.csv`: `0, background`, after a heading.
  case roboflow

  /// `class_dict.csv`: `Animal,64,128,64`, after a heading that ends in r, g, b; its separator separates all fields.
  case colorTable(separator: Character)

  /// `label_colors.txt` of CamVid and CVAT: `64 128 64 Animal`.
  case colorsFirst

  /// The name of files that begin each line with a color.
  package static let labelColors = "label_colors.txt"

  /// The name of files that end each line with a color.
  package static let colorTableName = "class_dict.csv"

  /// Whether it may say the colors of masks.
  var hasColors: Bool {
    switch self {
    case .cvat, .colorTable, .colorsFirst: true
    case .plain, .labelme, .roboflow: false
    }
  }

  /// labelme's name for what is not a class.
  static let ignored = "__ignore__"

  /// - Parameters:
  ///   - lines: without surrounding blanks.
  ///   - name: the file's; of `label_colors.txt` and `class_dict.csv` it says the format.
  /// - Throws: `Foreign` if the lines are not a list of names.
  init(_ lines: [String], named name: String = "") throws(Foreign) {
    if name == Self.labelColors {
      self = .colorsFirst
      return
    }
    let first = lines.first { !$0.isEmpty } ?? ""
    let heading = first.lowercased().filter { $0 != " " && $0 != "\"" }
    if heading.hasPrefix("#label:") {
      self = .cvat
    } else if [Self.ignored, "_background_"].contains(first) {
      self = .labelme
    } else if heading == "pixelvalue,class" {
      self = .roboflow
    } else if let separator = Self.separator(ofTable: heading) ?? (name == Self.colorTableName ? "," : nil) {
      self = .colorTable(separator: separator)
    } else if first == "[" || ["{", "[\"", "[{"].contains(where: first.hasPrefix) {
      throw Foreign(name: "JSON")
    } else if ["<?", "<!", "<html"].contains(where: heading.hasPrefix) {
      throw Foreign(name: "XML or HTML")
    } else if heading.hasPrefix("item{") {
      throw Foreign(name: "a protobuf text")
    } else if first == "---" || lines.contains(where: { $0.hasPrefix("names:") }) {
      throw Foreign(name: "YAML")
    } else {
      self = .plain
    }
  }

  /// What separates the fields of a table's heading, `name,r,g,b`, whatever the names' column is called; `nil` for any
  /// other line.
  static func separator(ofTable line: String) -> Character? {
    let heading = line.lowercased().filter { $0 != " " && $0 != "\"" }
    return [",", ";", "\t"].first { separator in
      let fields = heading.split(separator: separator, omittingEmptySubsequences: false).dropFirst()
      return [["r", "g", "b"], ["red", "green", "blue"]].contains(fields.map(String.init))
    }
  }

  /// What a file is that does not hold a list of names.
  struct Foreign: Error { let name: String }
}
