import Foundation

/// What the device behind standard output or standard error can show.
///
/// Colors follow the conventions that terminal programs share: `NO_COLOR` (no-color.org) forbids them, `FORCE_COLOR`
/// and `CLICOLOR_FORCE` allow them where there is no terminal, `TERM=dumb` and `CLICOLOR=0` mean none, `COLORTERM` and
/// `TERM` say how many.
public struct Terminal: Sendable {
  /// How many colors there are.
  public enum Colors: Int, Comparable, Sendable {
    case none, basic, indexed, full

    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  }

  /// Whether a line can be drawn over.
  public let canRedraw: Bool
  public let colors: Colors
  private let descriptor: Int32?
  private let columns: Int?

  /// A terminal that is described rather than asked.
  ///
  /// - Parameter width: columns; `nil` where they are not known.
  public init(canRedraw: Bool, colors: Colors = .none, width: Int? = nil) {
    (self.canRedraw, self.colors, columns, descriptor) = (canRedraw, colors, width, nil)
  }

  /// - Parameters:
  ///   - descriptor: 1 or 2, standard output or standard error.
  ///   - isTerminal: asks the system by default.
  public init(
    descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment, isTerminal: Bool? = nil
  ) {
    let isTerminal = isTerminal ?? (isatty(descriptor) == 1)
    let kind = environment["TERM"] ?? ""
    canRedraw = isTerminal && kind != "dumb"
    colors = Self.colors(environment, canShow: isTerminal && !["", "dumb"].contains(kind))
    columns = environment["COLUMNS"].flatMap(Int.init).flatMap { $0 > 0 ? $0 : nil }
    self.descriptor = isTerminal ? descriptor : nil
  }

  public static var standardOutput: Terminal { Terminal(descriptor: 1) }
  public static var standardError: Terminal { Terminal(descriptor: 2) }

  /// Columns at this moment, as windows change their size; `nil` where nobody knows.
  public var width: Int? {
    var size = winsize()
    guard let descriptor, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return columns }
    return Int(size.ws_col)
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
