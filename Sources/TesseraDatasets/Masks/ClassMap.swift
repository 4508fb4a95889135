import Foundation
import TesseraFiles
import TesseraImaging

/// Which class each class of a data set becomes.
///
/// ```
/// # old = new; numbers stand for unnamed classes, and for values of masks that are no class
/// car = vehicle
/// bus = vehicle
/// sky = void
/// * = other
/// ```
public struct ClassMap: Sendable, Equatable {
  /// Pairs in their order; `nil` is void.
  private let rules: [(old: String, new: String?)]
  /// What the other classes become; `nil` if there may be none.
  private let others: Other?
  /// What the map is called in errors.
  private let name: String

  private enum Other: Equatable {
    case void, unchanged
    case named(String)
  }

  public static func == (left: ClassMap, right: ClassMap) -> Bool {
    left.name == right.name && left.others == right.others && left.rules.elementsEqual(right.rules, by: ==)
  }

  private static let void: Set = ["void", "-", "ignore", "__ignore__"]
  private static let lengthLimit = 1 << 24

  /// Keeps some classes, in this order; all others are void.
  public init(keeping names: [String], name: String = "the list of classes") {
    rules = names.map { ($0, $0) }
    others = .void
    self.name = name
  }

  /// Reads a file with a line for each old class: `old = new`, or with a tab, comma or colon instead of the sign. New
  /// classes are numbered in the order in which they first occur; `void` is none. `*` stands for all classes that have
  /// no line, `* = *` keeps these. Lines that begin with `#` are ignored.
  ///
  /// - Throws: `ClassMapError`.
  public init(contentsOf path: String) throws(ClassMapError) {
    let text: String
    do throws(FileError) { text = try RegularFile.text(of: path, atMost: Self.lengthLimit) } catch {
      throw ClassMapError(file: path, ["cannot be read: \(error.reason)"])
    }
    var (rules, others, mistakes): ([(String, String?)], Other?, [String]) = ([], nil, [])
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.isEmpty || line.hasPrefix("#") { continue }
      let separator = ["=", "\t", ",", ":"].first(where: line.contains) ?? "="
      let fields = line.components(separatedBy: separator).map { $0.trimmingCharacters(in: .whitespaces) }
      guard fields.count == 2, !fields[0].isEmpty, !fields[1].isEmpty else {
        mistakes.append("line \(number + 1) must be old = new; it is \(line.prefix(60))")
        continue
      }
      let isVoid = Self.void.contains(fields[1].lowercased())
      if fields[0] == "*" {
        if others != nil { mistakes.append("line \(number + 1) says for the second time what * becomes") }
        others = isVoid ? .void : fields[1] == "*" ? .unchanged : .named(fields[1])
      } else {
        rules.append((fields[0], isVoid ? nil : fields[1]))
      }
    }
    if rules.isEmpty && others == nil && mistakes.isEmpty { mistakes.append("has no line old = new") }
    if !mistakes.isEmpty { throw ClassMapError(file: path, mistakes) }
    (self.rules, self.others, name) = (rules, others, path)
  }

  /// The new classes, and the new index of each old one.
  ///
  /// - Throws: `ClassMapError` with all classes that the map lacks, and all of its names that are no class.
  func applied(to old: LabelSpace) throws(ClassMapError) -> (labelSpace: LabelSpace, indices: [Int: Int]) {
    var (mistakes, targets): ([String], [Int: String?]) = ([], [:])
    for rule in rules {
      guard let index = index(of: rule.old, in: old) else {
        mistakes.append("\"\(rule.old)\" is none of the classes (\(Self.list(old.classes.map(\.name))))")
        continue
      }
      if let target = targets[index], target != rule.new { mistakes.append("\"\(rule.old)\" has two new classes") }
      // A void value that is no class has no name: its number in a map can only mean the masks' value.
      if index == old.void, let new = rule.new, old.classes.indices.contains(index) {
        mistakes.append(
          "\"\(rule.old)\" is void, which stays void, not \(new): remove its line, or make it a class with --void none")
      }
      targets[index] = .some(rule.new)
    }
    let rest = old.classes.indices.filter { targets[$0] == nil && $0 != old.void }
    switch others {
    case .void: for index in rest { targets[index] = .some(nil) }
    case .named(let name): for index in rest { targets[index] = name }
    case .unchanged: for index in rest { targets[index] = old.classes[index].name }
    case nil where !rest.isEmpty:
      mistakes.append(
        "\(rest.count) \(rest.count == 1 ? "class has" : "classes have") no line: "
          + "\(Self.list(rest.map { old.classes[$0].name })); add them, or a line * = void, * = other or * = *")
    case nil: break
    }
    if !mistakes.isEmpty { throw ClassMapError(file: name, mistakes) }
    // In the order in which the map first names them.
    let order = rules.compactMap { index(of: $0.old, in: old) } + rest
    var classes: [LabelSpace.Class] = []
    for index in order {
      guard let name = targets[index] ?? nil, !classes.contains(where: { $0.name == name }) else { continue }
      let isOld = old.classes.indices.contains(index)
      let color = isOld ? old.color(of: index) : Palette.distinct(classes.count + 1)[classes.count]
      classes.append(LabelSpace.Class(name: name, color: color))
    }
    guard classes.count >= 2 else {
      let rest = classes.count == 1 ? "1 class" : "no class"
      throw ClassMapError(file: name, ["leaves \(rest), but at least 2 are needed"])
    }
    let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.name, $0) })
    let hasVoid = old.void != nil || targets.values.contains { $0 == nil }
    let void = hasVoid ? (classes.count <= 255 ? 255 : Int(UInt16.max)) : nil
    var indices = targets.compactMapValues { target in target.map { places[$0] } ?? void }
    if let formerVoid = old.void, let void, targets[formerVoid] == nil { indices[formerVoid] = void }
    return (LabelSpace(classes: classes, void: void), indices)
  }

  /// By its name, whatever its case, or by its number, which may also be a value of masks that no class has: so masks
  /// with other values than indices are read without being rewritten.
  private func index(of name: String, in space: LabelSpace) -> Int? {
    space.classes.firstIndex { $0.name.lowercased() == name.lowercased() }
      ?? Int(name).flatMap { (0...Int(UInt16.max)).contains($0) ? $0 : nil }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
  }
}

/// Why a map of classes cannot be used.
public struct ClassMapError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
  /// The file, or what else the map is.
  public let file: String
  /// Everything that is wrong.
  public let mistakes: [String]

  init(file: String, _ mistakes: [String]) { (self.file, self.mistakes) = (file, mistakes) }

  public var description: String { "\(file): \(mistakes.joined(separator: "; "))" }
  public var errorDescription: String? { description }
}
