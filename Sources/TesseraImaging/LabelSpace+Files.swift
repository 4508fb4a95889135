import Foundation
import TesseraFiles

extension LabelSpace {
  /// Creates classes with the given names in the default palette; a void class among them is black.
  public init(names: [String], void: Int?) {
    let colors = Palette.distinct(names.count)
    self.init(
      classes: names.enumerated().map { index, name in
        // The void class does not use up a color of the others.
        Class(name: name, color: index == void ? .black : colors[void.map { $0 < index ? index - 1 : index } ?? index])
      }, void: void)
  }

  /// Reads a list of classes such as `classes.txt`: one name per line, the first at index 0. Surrounding blanks, empty
  /// lines at the end and lines that begin with `#` are ignored, as are numbers before all names that count from 0.
  ///
  /// Files of other programs are recognized by their first line: CVAT's `labelmap.txt` and `class_dict.csv` (with their
  /// colors), Roboflow's `_classes.csv`, and labelme's `labels.txt`, whose `__ignore__` is not a class; and by its name
  /// `label_colors.txt` of CamVid.
  ///
  /// - Throws: `LabelSpaceError`.
  public init(classNames path: String, void: Int?) throws(LabelSpaceError) {
    let lines = try Self.lines(of: path)
    self = try ClassList(lines, try Self.format(of: lines, path), file: path).labelSpace(void: void)
  }

  /// The format of a file that could be a list of classes; `nil` if it holds something else.
  package static func classListFormat(of path: String) -> ClassListFormat? {
    guard let lines = try? Self.lines(of: path) else { return nil }
    return try? ClassListFormat(lines, named: name(of: path))
  }

  /// Reads ADE20K's `objectInfo150.txt`: a heading, then `Idx Ratio Train Val Name` separated by tabs, with indices
  /// from 1; of several names separated by commas, the first counts. Index 0 is "other" and void.
  ///
  /// The colors are the benchmark's if the names are, else the default palette.
  /// - Throws: `LabelSpaceError`.
  public init(objectInfo path: String) throws(LabelSpaceError) {
    var names: [(line: Int, name: String)] = []
    var mistakes: [String] = []
    for (number, line) in try Self.lines(of: path).enumerated().dropFirst() where !line.isEmpty {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      let name = fields.count == 5 ? Self.firstName(of: fields[4]) : ""
      if fields.count != 5 || name.isEmpty {
        mistakes.append(
          "line \(number + 1) must have 5 fields separated by tabs, the last a name; it has \(fields.count)")
        continue
      }
      if Int(fields[0]) != names.count + 1 {
        mistakes.append("line \(number + 1) must have index \(names.count + 1); it has \(fields[0].prefix(20))")
      }
      names.append((number + 1, name))
    }
    if names.isEmpty && mistakes.isEmpty { throw .noClasses(file: path) }
    let space = try ClassList(names: [(0, "other")] + names, mistakes: mistakes, file: path).labelSpace(void: 0)
    self = space.classes.map(\.name) == Self.ade20k.classes.map(\.name) ? .ade20k : space
  }

  /// The colors of masks that belong to a list of classes; `nil` if its format has none.
  ///
  /// - Throws: `LabelSpaceError`.
  package static func colorTable(classNames path: String, void: Int?) throws(LabelSpaceError) -> ColorTable? {
    let lines = try Self.lines(of: path)
    let format = try Self.format(of: lines, path)
    guard format.hasColors else { return nil }
    return try ClassList(lines, format, file: path).colorTable(void: void)
  }

  private static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "" }

  private static func firstName(of field: String) -> String {
    String(field.prefix { $0 != "," }).trimmingCharacters(in: .whitespaces)
  }

  private static func format(of lines: [String], _ path: String) throws(LabelSpaceError) -> ClassListFormat {
    do throws(ClassListFormat.Foreign) {
      return try ClassListFormat(lines, named: name(of: path))
    } catch {
      throw .unreadable(
        file: path,
        reason: "it is \(error.name), not a list of names; write one name per line; the first line is index 0"
      )
    }
  }

  /// Longer than any list of names.
  private static let lengthLimit = 1 << 24

  /// The file's lines without surrounding blanks; carriage returns are not part of them.
  private static func lines(of path: String) throws(LabelSpaceError) -> [String] {
    let text = try LabelSpaceError.reading(try RegularFile.text(of: path, atMost: lengthLimit))
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
