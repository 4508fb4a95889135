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

  /// `class_dict.csv`: `Animal,64,128,64`, after a heading.
  case colorTable

  /// `label_colors.txt` of CamVid and CVAT: `64 128 64 Animal`.
  case colorsFirst

  /// The name of files that begin each line with a color.
  package static let labelColors = "label_colors.txt"

  /// labelme's name for what is not a class.
  static let ignored = "__ignore__"

  /// - Parameters:
  ///   - lines: without surrounding blanks.
  ///   - name: the file's; of `label_colors.txt` it says the format.
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
    } else if heading == "name,r,g,b" {
      self = .colorTable
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

  /// What a file is that does not hold a list of names.
  struct Foreign: Error { let name: String }
}
