import TesseraTerminal

/// Counts what is done in one line on standard error; says nothing where that is not a terminal.
package struct CountingLine {
  private let label: String
  private let total: Int
  private let status = StatusLine()

  /// - Parameters:
  ///   - label: what is counted, such as `evaluated`.
  ///   - total: how many there are.
  package init(_ label: String, of total: Int) {
    self.label = label
    self.total = total
  }

  /// Draws the line with `done` things done; the last one removes it.
  package func show(_ done: Int) {
    if done < total { status.draw("\(label) \(done)/\(total)") } else { clear() }
  }

  /// Draws the line with `done` things done and the next one in progress: `predicted 2/9, tile 5/40`.
  ///
  /// - Parameters:
  ///   - part: how many of its parts are done.
  ///   - parts: how many it has; a single one is not counted.
  ///   - name: what a part is called.
  package func show(_ done: Int, part: Int, of parts: Int, _ name: String) {
    if parts > 1 { status.draw("\(label) \(done)/\(total), \(name) \(part)/\(parts)") }
  }

  /// Removes the line, so another can be written in its place.
  package func clear() { status.clear() }
}
