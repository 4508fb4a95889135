import TesseraTerminal
import Testing

@Suite struct TerminalTests {
  @Test(arguments: [
    (["TERM": "xterm"], true, Terminal.Colors.basic), (["TERM": "xterm-256color"], true, .indexed),
    (["TERM": "xterm", "COLORTERM": "truecolor"], true, .full), (["TERM": "xterm", "COLORTERM": "24bit"], true, .full),
    (["TERM": "xterm-256color"], false, .none), (["TERM": "dumb"], true, .none), ([:], true, .none),
    (["TERM": "xterm", "NO_COLOR": "1"], true, .none), (["TERM": "xterm", "NO_COLOR": ""], true, .basic),
    (["TERM": "xterm", "CLICOLOR": "0"], true, .none), (["FORCE_COLOR": "1"], false, .basic),
    (["FORCE_COLOR": "2"], false, .indexed), (["FORCE_COLOR": "3"], false, .full),
    (["FORCE_COLOR": "0", "TERM": "xterm"], true, .none), (["CLICOLOR_FORCE": "1", "TERM": "dumb"], false, .basic),
    (["CLICOLOR_FORCE": "0", "TERM": "xterm"], true, .none), (["FORCE_COLOR": "1", "NO_COLOR": "1"], true, .none),
  ])
  func colorsFollowTheConventions(environment: [String: String], isTerminal: Bool, expected: Terminal.Colors) {
    #expect(Terminal(descriptor: 2, environment: environment, isTerminal: isTerminal).colors == expected)
  }

  @Test func linesAreDrawnOverOnTerminalsThatCan() {
    #expect(Terminal(descriptor: 2, environment: ["TERM": "xterm"], isTerminal: true).canRedraw)
    #expect(Terminal(descriptor: 2, environment: [:], isTerminal: true).canRedraw)
    #expect(!Terminal(descriptor: 2, environment: ["TERM": "dumb"], isTerminal: true).canRedraw)
    #expect(!Terminal(descriptor: 2, environment: ["TERM": "xterm", "FORCE_COLOR": "1"], isTerminal: false).canRedraw)
  }

  @Test func widthIsTheEnvironmentsWhereTheSystemHasNone() {
    func width(_ columns: String?) -> Int? {
      Terminal(descriptor: 2, environment: columns.map { ["COLUMNS": $0] } ?? [:], isTerminal: false).width
    }
    #expect(width("9223372036854775807") == 1024 && width("99999999999999999999") == nil)
    #expect(width("70") == 70 && width("0") == nil && width("-3") == nil && width("wide") == nil && width(nil) == nil)
  }

  @Test func namesCannotMoveTheCursor() {
    let name = "a\u{1B}[2J\rb\u{9B}31m\u{202E}c\n\td\u{7F} é…😀"
    #expect(name.safeForTerminal == "a\\u{1B}[2J\\rb\\u{009B}31m\\u{202E}c\n\td\\u{7F} é…😀")
    #expect(name.safeOnOneLine == "a\\u{1B}[2J\\rb\\u{009B}31m\\u{202E}c\\n\\td\\u{7F} é…😀")
    #expect("plain, naïve".safeForTerminal == "plain, naïve" && "".safeOnOneLine == "")
    // Other programs get names as they are.
    #expect(Terminal(descriptor: 1, environment: [:], isTerminal: false).shown(name) == name)
    #expect(Terminal(descriptor: 1, environment: [:], isTerminal: true).shown(name) == name.safeForTerminal)
  }

  @Test func longTextIsCutAtItsEnd() {
    #expect(["", "abc", "abcd", "abcde"].map { $0.shortened(to: 4) } == ["", "abc", "abcd", "abc…"])
    #expect(("e" + String(repeating: "\u{301}", count: 100_000)).shortened(to: 10).unicodeScalars.count == 10)
  }

  @Test func stylesAreLeftOutWithoutColors() {
    #expect(Terminal(canRedraw: true).styled("Error:", .bold, .red) == "Error:")
    let terminal = Terminal(canRedraw: true, colors: .basic)
    #expect(terminal.styled("Error:", .bold, .red) == "\u{1B}[1;31mError:\u{1B}[0m")
    #expect(terminal.styled("", .bold) == "" && terminal.styled("plain") == "plain")
  }
}
