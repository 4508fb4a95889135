import TesseraTerminal
import Testing

@Suite struct StatusLineTests {
  private final class Screen {
    var text = ""
  }

  private func show(_ terminal: Terminal, _ body: (StatusLine) -> Void) -> String {
    let screen = Screen()
    body(StatusLine(terminal: terminal) { screen.text += $0 })
    return screen.text
  }

  @Test func aLineIsDrawnOverUntilItStays() {
    let text = show(Terminal(canRedraw: true)) { line in
      line.draw("one hundred")
      line.draw("two")
      line.finish("three")
      line.finish("four")
      line.draw("five")
      line.clear()
      line.clear()
    }
    #expect(text == "\rone hundred\rtwo        \rthree\n\rfour\n\rfive\r    \r")
  }

  @Test func withoutATerminalOnlyWhatStaysIsWritten() {
    let text = show(Terminal(canRedraw: false)) { line in
      line.draw("one")
      line.finish("two")
      line.draw("three")
      line.clear()
    }
    #expect(text == "two\n")
  }

  @Test func aLineLeavesTheLastColumnFree() {
    let text = show(Terminal(canRedraw: true, width: 6)) { line in
      line.draw("1234567")
      line.draw("12")
      line.finish("12345678")
    }
    #expect(text == "\r12345\r12   \r12345678\n")
  }

  @Test func linesAreOneLineWhateverNamesAreInThem() {
    let text = show(Terminal(canRedraw: true)) { line in
      line.draw("a\nb")
      line.finish("c\u{1B}[2Jd")
    }
    #expect(text == "\ra\\nb\rc\\u{1B}[2Jd\n")
  }

  @Test func aLineThatGoesAwayWhileItIsDrawnEndsIt() {
    #expect(show(Terminal(canRedraw: true)) { $0.draw("one") } == "\rone\n")
  }

  @Test(arguments: [
    (nil, "a  [=========>          ]  50 %  bytes  left"), (44, "a  [====>     ]  50 %  bytes  left"),
    (34, "a  50 %  bytes  left"), (19, "a  50 %  left"), (14, "a  50 %  left"), (13, "50 %  left"), (9, "50 %"),
    (2, "50 %"),
  ])
  func partsGiveWayByImportance(width: Int?, expected: String) {
    let layout = LineLayout([
      .init("a", importance: 3), .bar(0.5, importance: 1), .init("50 %", importance: 9), .init("bytes", importance: 2),
      .init("left", importance: 4),
    ])
    #expect(layout.line(width: width) == expected)
  }

  @Test(arguments: [
    (0.0, "[                    ]"), (0.04, "[                    ]"), (0.05, "[>                   ]"),
    (0.3, "[=====>              ]"), (1, "[===================>]"), (2, "[===================>]"),
    (-1, "[                    ]"), (0.999, "[==================> ]"),
  ])
  func barsAreAsFullAsTheirShare(share: Double, expected: String) {
    #expect(LineLayout([.bar(share, importance: 1)]).line(width: nil) == expected)
  }

  @Test func timesAreClockTimes() {
    #expect(
      [0, 59.6, 3725, -5, .infinity, .nan].map(clockTime) == [
        "0:00:00", "0:01:00", "1:02:05", "0:00:00", "2400:00:00", "2400:00:00",
      ])
  }
}
