import TesseraTerminal

/// Text in columns as wide as needed, for standard output.
package struct Table: CustomStringConvertible {
  private let rows: [[String]]
  private let rightAligned: Set<Int>
  private let terminal: Terminal

  /// - Parameters:
  ///   - rows: all of the same length, without styles; the first is the heading.
  ///   - rightAligned: columns of numbers.
  ///   - terminal: where it is shown.
  package init(_ rows: [[String]], rightAligned: Set<Int> = [], terminal: Terminal = .standardOutput) {
    self.terminal = terminal
    self.rows = rows.map { row in row.map(\.safeOnOneLine) }
    self.rightAligned = rightAligned
  }

  package var description: String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      let cells = row.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - row[column].count)
        return rightAligned.contains(column) ? space + row[column] : row[column] + space
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    let rule = String(repeating: "-", count: widths.reduce(0, +) + 2 * max(0, widths.count - 1))
    return ([terminal.styled(lines[0], .bold), terminal.styled(rule, .faint)] + lines.dropFirst()).joined(
      separator: "\n")
  }
}
