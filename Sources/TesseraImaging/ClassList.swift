import Foundation

/// Classes in the order of their indices, from the lines of a file.
struct ClassList {
  private(set) var names: [String] = []

  /// The colors of the classes that come with one.
  private(set) var colors: [Int: Color] = [:]

  /// Longer names are mistakes and cannot be displayed.
  private static let longestName = 200
  private static let greatestCount = Int(UInt16.max) + 1

  private let file: String
  private var mistakes: [String] = []
  /// The line of each name.
  private var lines: [String: Int] = [:]
  /// The numbers of lines without a color, of a list that has them first.
  private var uncolored: [Int] = []

  /// - Throws: `LabelSpaceError`.
  init(_ lines: [String], _ format: ClassListFormat, file: String) throws(LabelSpaceError) {
    self.file = file
    var numbered = lines.enumerated().map { (number: $0.offset + 1, text: $0.element) }
    while numbered.last?.text.isEmpty == true { numbered.removeLast() }
    // A heading, or a line that is not a class; a list of names may have comments.
    if format != .plain { numbered = Array(numbered.drop { $0.text.isEmpty }) }
    if case .colorTable = format, let heading = numbered.first,
      ClassListFormat.separator(ofTable: heading.text) == nil
    {
      throw .badLines(
        file: file,
        [
          "line \(heading.number) must be the heading name,r,g,b, with commas or semicolons; it is \(heading.text.prefix(60))"
        ])
    }
    if ![.plain, .colorsFirst].contains(format), format != .labelme || numbered.first?.text == ClassListFormat.ignored {
      numbered = Array(numbered.dropFirst())
    }
    if [.plain, .cvat, .colorsFirst].contains(format) { numbered.removeAll { $0.text.hasPrefix("#") } }
    if format == .plain { numbered = try Self.withoutNumbers(numbered, file: file) }
    for (number, text) in numbered {
      switch format {
      case .plain, .labelme:
        if text.isEmpty { mistakes.append("line \(number) is empty, but line numbers are indices: name the class") }
        add(text, line: number)
      case .cvat: addLabel(text, line: number)
      case .roboflow: addValue(text, line: number)
      case .colorTable(let separator): addColor(text, separator, line: number)
      case .colorsFirst: addColorFirst(text, line: number)
      }
    }
    if !colors.isEmpty { mistakes += uncolored.map { "line \($0) must be red green blue name" } }
    try finish()
  }

  /// - Parameter names: with their line numbers.
  init(names: [(line: Int, name: String)], mistakes: [String], file: String) throws(LabelSpaceError) {
    self.file = file
    self.mistakes = mistakes
    for (line, name) in names { add(name, line: line) }
    try finish()
  }

  /// The colors of masks; if the list says none, those that the data sets' programs then take: VOC's.
  func colorTable(void: Int?) -> ColorTable {
    let classes = labelSpace(void: void).classes.enumerated().map { index, entry in
      LabelSpace.Class(name: entry.name, color: colors.isEmpty ? LabelSpace.bitColor(of: index) : entry.color)
    }
    return ColorTable(of: LabelSpace(classes: classes, void: void))
  }

  func labelSpace(void: Int?) -> LabelSpace {
    let space = LabelSpace(names: names, void: void)
    return LabelSpace(
      classes: space.classes.enumerated().map { LabelSpace.Class(name: $1.name, color: colors[$0] ?? $1.color) },
      void: void)
  }

  private func finish() throws(LabelSpaceError) {
    if !mistakes.isEmpty { throw .badLines(file: file, mistakes) }
    if names.isEmpty { throw .noClasses(file: file) }
    if names.count > Self.greatestCount {
      throw .unreadable(
        file: file, reason: "it names \(names.count) classes, but masks hold at most \(Self.greatestCount)")
    }
  }

  private mutating func add(_ name: String, line: Int, color: Color? = nil) {
    if name.utf8.count > 4 * Self.longestName || name.count > Self.longestName {
      mistakes.append("line \(line) has a name of more than \(Self.longestName) characters")
    } else if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      mistakes.append("line \(line) has a tab or another control character in its name")
    }
    // An empty name is a mistake already.
    if let earlier = lines[name], !name.isEmpty {
      mistakes.append(
        "line \(line) names \(name.prefix(60)) again, as line \(earlier) does: give each class a name of its own")
    }
    lines[name] = line
    if let color { colors[names.count] = color }
    names.append(name)
  }

  /// `name:red,green,blue:parts:actions`.
  private mutating func addLabel(_ text: String, line: Int) {
    if text.isEmpty { return }
    let fields = Self.fields(of: text, at: ":")
    let color = fields.count > 1 ? Self.color(Self.fields(of: fields[1], at: ",")) : nil
    if fields[0].isEmpty || fields.count > 1 && !fields[1].isEmpty && color == nil {
      mistakes.append("line \(line) must be name:red,green,blue:parts:actions")
    }
    add(fields[0], line: line, color: color)
  }

  /// `value, name`.
  private mutating func addValue(_ text: String, line: Int) {
    if text.isEmpty { return }
    let fields = Self.fields(of: text, at: ",")
    let name = fields.dropFirst().joined(separator: ", ")
    if name.isEmpty || Int(fields[0]) != names.count {
      mistakes.append("line \(line) must have the pixel value \(names.count) and a name")
    }
    add(name, line: line)
  }

  /// `name,red,green,blue`, each perhaps in quotes.
  private mutating func addColor(_ text: String, _ separator: Character, line: Int) {
    if text.isEmpty { return }
    let fields = Self.fields(of: text, at: separator).map { $0.trimmingCharacters(in: ["\""]) }
    let color = Self.color(Array(fields.dropFirst()))
    if color == nil || fields[0].isEmpty {
      mistakes.append("line \(line) must be name\(separator)red\(separator)green\(separator)blue")
    }
    add(fields[0], line: line, color: color)
  }

  /// `red green blue name`, with blanks or tabs; or only names, in all lines.
  private mutating func addColorFirst(_ text: String, line: Int) {
    if text.isEmpty { return }
    let fields = text.split(maxSplits: 3) { $0 == " " || $0 == "\t" }.map(String.init)
    let color = Self.color(Array(fields.prefix(3)))
    let isColored = color != nil && fields.count == 4
    if !isColored { uncolored.append(line) }
    add(isColored ? fields[3].trimmingCharacters(in: .whitespaces) : text, line: line, color: isColored ? color : nil)
  }

  /// The names of a list that numbers them: `0 background`, `1: cat`; other lists unchanged.
  private static func withoutNumbers(
    _ lines: [(number: Int, text: String)], file: String
  ) throws(LabelSpaceError) -> [(number: Int, text: String)] {
    let marks = " \t:,;"
    var (names, first): ([(number: Int, text: String)], Int) = ([], 0)
    for (number, text) in lines {
      let digits = text.prefix { $0.isASCII && $0.isNumber }
      let rest = text.dropFirst(digits.count)
      guard let value = Int(digits), let mark = rest.first, marks.contains(mark) else { return lines }
      if names.isEmpty { first = value }
      guard first <= 1, value == first + names.count else { return lines }
      names.append((number, String(rest.drop { marks.contains($0) })))
    }
    guard names.count > 1 else { return lines }
    if first == 1 {
      throw .badLines(
        file: file,
        ["its classes are numbered from 1, but masks count from 0: name index 0 too, or omit the numbers"])
    }
    return names
  }

  private static func fields(of text: String, at separator: Character) -> [String] {
    text.split(separator: separator, omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
  }

  private static func color(_ fields: [String]) -> Color? {
    let values = fields.compactMap { UInt8($0) }
    return fields.count == 3 && values.count == 3 ? Color(values[0], values[1], values[2]) : nil
  }
}
