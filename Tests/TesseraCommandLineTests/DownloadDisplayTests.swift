import TesseraArchives
import TesseraCommandLine
import TesseraDownloads
import TesseraTerminal
import Testing

@Suite struct DownloadDisplayTests {
  private final class Screen {
    var text = ""
    var seconds = 0.0
  }

  /// A download of 100 MB at 10 MB/s that breaks off once.
  private func show(_ terminal: Terminal) -> [String] {
    let screen = Screen()
    do {
      let display = DownloadDisplay(terminal: terminal, clock: { screen.seconds }, output: { screen.text += $0 })
      display.show(.asking(address: "http://a.org/x.zip", from: 0))
      for second in 0...4 {
        screen.seconds = Double(second)
        display.show(.received(bytes: second * 10_000_000, total: 100_000_000))
      }
      display.show(.waiting(reason: "no data arrived for 30 seconds", seconds: 1))
      display.show(.asking(address: "http://a.org/x.zip", from: 40_000_000))
      for second in 5...11 {
        screen.seconds = Double(second)
        display.show(.received(bytes: second * 10_000_000 - 10_000_000, total: 100_000_000))
      }
      display.show(.givingUp(address: "http://a.org/x.zip", reason: "it answers 404"))
      display.show(.startingOver(reason: "the server's file is a different one"))
      screen.seconds = 12
      display.show(.verifying(bytes: 50_000_000, total: 100_000_000))
      screen.seconds = 13
      var progress = UnpackingProgress(totalFiles: 10, totalBytes: 200_000_000)
      (progress.files, progress.bytes) = (4, 100_000_000)
      display.show(.unpacking(progress))
      display.end()
    }
    return screen.text.split(whereSeparator: { "\n\r".contains($0) }).map { line in
      var line = String(line)
      while line.last == " " { line.removeLast() }
      return line
    }.filter { !$0.isEmpty }
  }

  @Test func aTerminalShowsABarWithRateAndTimeLeft() {
    #expect(
      show(Terminal(canRedraw: true, width: 100)) == [
        "downloading http://a.org/x.zip",
        "downloading  [                    ]  0 %  0 bytes of 100 MB",
        "downloading  [=>                  ]  10 %  10 MB of 100 MB  10 MB/s  left 0:00:09",
        "downloading  [===>                ]  20 %  20 MB of 100 MB  10 MB/s  left 0:00:08",
        "downloading  [=====>              ]  30 %  30 MB of 100 MB  10 MB/s  left 0:00:07",
        "downloading  [=======>            ]  40 %  40 MB of 100 MB  10 MB/s  left 0:00:06",
        "no data arrived for 30 seconds; trying again in 1.0 s", "resuming at 40 MB: http://a.org/x.zip",
        "downloading  [=======>            ]  40 %  40 MB of 100 MB",
        "downloading  [=========>          ]  50 %  50 MB of 100 MB  10 MB/s  left 0:00:05",
        "downloading  [===========>        ]  60 %  60 MB of 100 MB  10 MB/s  left 0:00:04",
        "downloading  [=============>      ]  70 %  70 MB of 100 MB  10 MB/s  left 0:00:03",
        "downloading  [===============>    ]  80 %  80 MB of 100 MB  10 MB/s  left 0:00:02",
        "downloading  [=================>  ]  90 %  90 MB of 100 MB  10 MB/s  left 0:00:01",
        "downloading  [===================>]  100 %  100 MB of 100 MB  10 MB/s  left 0:00:00",
        "a.org: it answers 404", "starting over: the server's file is a different one",
        "verifying  [=========>          ]  50 %  50 MB of 100 MB",
        "unpacking  [=========>          ]  50 %  100 MB of 200 MB  4 of 10 files",
      ])
  }

  @Test func aLogGetsALineNowAndThen() {
    #expect(
      show(Terminal(canRedraw: false)) == [
        "downloading http://a.org/x.zip", "downloading  30 %  30 MB of 100 MB  10 MB/s  left 0:00:07",
        "no data arrived for 30 seconds; trying again in 1.0 s", "resuming at 40 MB: http://a.org/x.zip",
        "downloading  60 %  60 MB of 100 MB  10 MB/s  left 0:00:04",
        "downloading  90 %  90 MB of 100 MB  10 MB/s  left 0:00:01", "a.org: it answers 404",
        "starting over: the server's file is a different one",
      ])
  }
}
