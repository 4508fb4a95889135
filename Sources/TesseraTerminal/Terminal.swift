import Foundation

/// What the device on standard output or standard error can show.
///
/// Colors follow the conventions that terminal programs share: `NO_COLOR` (no-color.org) forbids them, `FORCE_COLOR`
/// and `CLICOLOR_FORCE` allow them where there is no terminal, `TERM=dumb` and `CLICOLOR=0` mean none, and `COLORTERM`
/// and `TERM` say how many there are.
public struct Terminal: Sendable {
  /// The number of colors.
  public enum Colors: Int, Comparable, Sendable {
    case none, basic, indexed, full

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// Whether a line can be redrawn in place.
  public let canRedraw: Bool
  public let colors: Colors
  /// Whether it shows non-ASCII characters.
  public let showsUnicode: Bool
  private let descriptor: Int32?
  private let columns: Int?
  private let lines: Int?

  /// Creates a terminal from a description instead of asking the system.
  ///
  /// - Parameters:
  ///   - canRedraw: whether lines can be redrawn in place.
  ///   - colors: the number of colors.
  ///   - showsUnicode: whether non-ASCII characters can be shown.
  ///   - width: in columns; `nil` if unknown.
  ///   - height: in rows; `nil` if unknown.
  public init(
    canRedraw: Bool, colors: Colors = .none, showsUnicode: Bool = true, width: Int? = nil, height: Int? = nil
  ) {
    (self.canRedraw, self.colors, self.showsUnicode) = (canRedraw, colors, showsUnicode)
    (columns, lines, descriptor) = (width, height, nil)
  }

  /// - Parameters:
  ///   - descriptor: 1 or 2, standard output or standard error.
  ///   - environment: the variables that terminals and users set.
  ///   - isTerminal: whether it is a terminal; determined by the system by default.
  public init(
    descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment, isTerminal: Bool? = nil
  ) {
    let isTerminal = isTerminal ?? (isatty(descriptor) == 1 && !Self.isForwarded(environment))
    let kind = environment["TERM"] ?? ""
    canRedraw = isTerminal && kind != "dumb"
    colors = Self.colors(environment, canShow: isTerminal && !["", "dumb"].contains(kind))
    showsUnicode = Self.showsUnicode(environment)
    (columns, lines) = (Self.count(environment["COLUMNS"]), Self.count(environment["LINES"]))
    self.descriptor = isTerminal ? descriptor : nil
  }

  /// Whether Open MPI's mpirun passes on what a process writes, to a terminal or not: it gives each a pseudo-terminal.
  private static func isForwarded(_ environment: [String: String]) -> Bool {
    environment["OMPI_COMM_WORLD_RANK"] != nil
  }

  public static var standardOutput: Terminal { Terminal(descriptor: 1) }
  public static var standardError: Terminal { Terminal(descriptor: 2) }

  /// The current number of columns, as windows change their size; `nil` if unknown.
  public var width: Int? { size.flatMap { $0.ws_col > 0 ? Int($0.ws_col) : nil } ?? columns }

  /// The current number of rows; `nil` if unknown.
  public var height: Int? { size.flatMap { $0.ws_row > 0 ? Int($0.ws_row) : nil } ?? lines }

  /// The text, unchanged for files and programs, with control characters spelled out where people read it.
  public func shown(_ text: String) -> String { descriptor == nil ? text : text.safeForTerminal }

  private var size: winsize? {
    var size = winsize()
    guard let descriptor, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    return size
  }

  /// The maximum number of columns or rows; no screen has more than a few hundred.
  private static let most = 1024

  private static func count(_ text: String?) -> Int? {
    text.flatMap(Int.init).flatMap { $0 > 0 ? min($0, most) : nil }
  }

  /// The first of the locale's variables that is set decides (POSIX, 8.2).
  private static func showsUnicode(_ environment: [String: String]) -> Bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    return ["utf-8", "utf8"].contains { locale?.lowercased().contains($0) ?? false }
  }

  private static func colors(_ environment: [String: String], canShow: Bool) -> Colors {
    func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
    if isSet("NO_COLOR") { return .none }
    let forced = environment["FORCE_COLOR"] ?? environment["CLICOLOR_FORCE"]
    let isForced = forced.map { !["", "0", "false"].contains($0) } ?? false
    guard isForced || (canShow && environment["CLICOLOR"] != "0" && forced != "0") else { return .none }
    if environment["FORCE_COLOR"] == "3" || ["truecolor", "24bit"].contains(environment["COLORTERM"]) { return .full }
    if environment["FORCE_COLOR"] == "2" || environment["TERM"]?.contains("256color") == true { return .indexed }
    return .basic
  }
}
