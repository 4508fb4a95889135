import Foundation
import TesseraArchives
import TesseraDownloads
import TesseraTerminal

/// Shows a download's progress on standard error: a bar on a terminal, an occasional line elsewhere.
///
/// ```
/// downloading  [========>           ]  42 %  389 MB of 923 MB  11 MB/s  left 0:00:48
/// ```
package final class DownloadDisplay {
  /// Without a terminal: the percent after which a line is written, the seconds that must pass since the last one, and
  /// the seconds after which one is written in any case.
  private static let (percents, least, most) = (10, 3.0, 60.0)

  private let status: StatusLine
  private let clock: () -> Double
  private var rate = TransferRate()
  private var activity = ""
  private var written = (percent: 0, seconds: 0.0)
  private var drawn = -Double.infinity

  /// - Parameters:
  ///   - terminal: standard error's by default.
  ///   - clock: seconds of a steady clock.
  ///   - output: where text goes; standard error by default.
  package init(
    terminal: Terminal = .standardError, clock: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime },
    output: ((String) -> Void)? = nil
  ) {
    status = StatusLine(terminal: terminal, output: output)
    self.clock = clock
  }

  /// A display on standard error.
  package convenience init() { self.init(terminal: .standardError) }

  /// Shows what happened.
  package func show(_ event: DownloadEvent) {
    switch event {
    case .asking(let address, let from):
      begin("downloading")
      status.finish(from == 0 ? "downloading \(address)" : "resuming at \(byteCount(from)): \(address)")
    case .startingOver(let reason): note("starting over: \(reason)")
    case .waiting(let reason, let seconds): note("\(reason); trying again in \(short(seconds))")
    case .givingUp(let address, let reason): note("\(host(address)): \(reason)")
    case .received(let bytes, let total): progress("downloading", bytes, of: total, showsRate: true)
    case .verifying(let bytes, let total): progress("verifying", bytes, of: total, showsRate: false)
    case .unpacking(let state):
      progress("unpacking", state.bytes, of: state.totalBytes, showsRate: false, files: (state.files, state.totalFiles))
    }
  }

  /// Removes the bar.
  package func end() { status.clear() }

  /// Says that the same command resumes where this one was stopped.
  package func interrupted() { status.finish("interrupted; the same command resumes here") }

  private func begin(_ activity: String) {
    self.activity = activity
    rate = TransferRate()
    written = (0, clock())
    drawn = -.infinity
  }

  private func progress(
    _ activity: String, _ bytes: Int, of total: Int?, showsRate: Bool, files: (done: Int, all: Int)? = nil
  ) {
    if activity != self.activity { begin(activity) }
    let now = clock()
    rate.add(bytes: bytes, at: now)
    let isEnd = total == bytes
    let share = total.map { $0 > 0 ? Double(bytes) / Double($0) : 1 }
    var parts: [LineLayout.Part] = [.init(activity, importance: 6)]
    if let share { parts += [.bar(share, importance: 2), .init("\(Int(100 * share)) %", importance: 9)] }
    parts.append(.init(total.map { "\(byteCount(bytes)) of \(byteCount($0))" } ?? byteCount(bytes), importance: 5))
    if let files { parts.append(.init("\(files.done) of \(files.all) files", importance: 3)) }
    if showsRate, let speed = rate.bytesPerSecond {
      parts.append(.init("\(byteCount(Int(speed)))/s", importance: 4))
      if let total, speed > 0 { parts.append(.init("left \(clockTime(Double(total - bytes) / speed))", importance: 7)) }
    }
    if status.terminal.canRedraw {
      // Terminals are slow: ten pictures a second look smooth.
      guard isEnd || now - drawn >= 0.1 else { return }
      drawn = now
      status.draw(LineLayout(parts).line(width: status.terminal.width))
    } else {
      let percent = share.map { Int(100 * $0) } ?? 0
      let passed = now - written.seconds
      guard percent >= written.percent + Self.percents && passed >= Self.least || passed >= Self.most else { return }
      written = (percent - percent % Self.percents, now)
      status.finish(LineLayout(parts.filter { !$0.isBar }).line(width: nil))
    }
  }

  private func note(_ text: String) { status.finish(text) }

  private func host(_ address: String) -> String { URL(string: address)?.host ?? address }

  private func short(_ seconds: Double) -> String { String(format: seconds < 10 ? "%.1f s" : "%.0f s", seconds) }
}
