import Foundation

extension LabelSpace {
  /// Classes of the given names in the default palette; a void class within is black.
  public init(names: [String], void: Int?) {
    let colors = Palette.distinct(names.count)
    self.init(
      classes: names.enumerated().map { index, name in
        // The void class takes no color away from the others.
        Class(name: name, color: index == void ? .black : colors[void.map { $0 < index ? index - 1 : index } ?? index])
      }, void: void)
  }

  /// Reads `classes.txt`: a name a line, the first line is index 0, surrounding blanks and empty lines at the end
  /// ignored.
  ///
  /// - Throws: `LabelSpaceError`.
  public init(classNames path: String, void: Int?) throws(LabelSpaceError) {
    var lines = try Self.lines(of: path)
    while lines.last?.isEmpty == true { lines.removeLast() }
    if lines.isEmpty { throw .noClasses(file: path) }
    let empty = lines.indices.filter { lines[$0].isEmpty }
    if !empty.isEmpty {
      throw .badLines(
        file: path, empty.map { "line \($0 + 1) is empty, but line numbers are indices: name the class" })
    }
    self.init(names: lines, void: void)
  }

  /// Reads ADE20K's `objectInfo150.txt`: a heading, then `Idx Ratio Train Val Name` separated by tabs, indices from 1
  /// on; of several names separated by commas the first counts. Index 0 is "other" and void.
  ///
  /// The colors are the benchmark's where the names are its names, else the default palette.
  /// - Throws: `LabelSpaceError`.
  public init(objectInfo path: String) throws(LabelSpaceError) {
    var names: [String] = []
    var mistakes: [String] = []
    for (number, line) in try Self.lines(of: path).enumerated().dropFirst() where !line.isEmpty {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      let name = fields.count == 5 ? Self.firstName(of: fields[4]) : ""
      if fields.count != 5 || name.isEmpty {
        mistakes.append(
          "line \(number + 1) must have 5 fields separated by tabs, the last a name; it has \(fields.count)")
      } else if Int(fields[0]) != names.count + 1 {
        mistakes.append("line \(number + 1) must have index \(names.count + 1); it has \(fields[0])")
        names.append(name)
      } else {
        names.append(name)
      }
    }
    if !mistakes.isEmpty { throw .badLines(file: path, mistakes) }
    if names.isEmpty { throw .noClasses(file: path) }
    let space = LabelSpace(names: ["other"] + names, void: 0)
    self = space.classes.map(\.name) == Self.ade20k.classes.map(\.name) ? .ade20k : space
  }

  private static func firstName(of field: String) -> String {
    String(field.prefix { $0 != "," }).trimmingCharacters(in: .whitespaces)
  }

  /// The file's lines without surrounding blanks; a byte order mark and carriage returns are no part of them.
  private static func lines(of path: String) throws(LabelSpaceError) -> [String] {
    let bytes: [UInt8]
    do {
      bytes = try FileBytes.read(path)
    } catch {
      guard case .unreadable(_, let reason) = error else { throw .unreadable(file: path, reason: "\(error)") }
      throw .unreadable(file: path, reason: reason)
    }
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      throw .unreadable(file: path, reason: "it is not UTF-8 text")
    }
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
