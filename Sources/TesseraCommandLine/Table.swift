/// Text in columns that are as wide as they must be.
public struct Table: CustomStringConvertible {
  private let rows: [[String]]
  private let rightAligned: Set<Int>

  /// - Parameters:
  ///   - rows: all of one length; the first is the heading.
  ///   - rightAligned: columns of numbers.
  public init(_ rows: [[String]], rightAligned: Set<Int> = []) {
    self.rows = rows
    self.rightAligned = rightAligned
  }

  public var description: String {
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
    return ([lines[0], rule] + lines.dropFirst()).joined(separator: "\n")
  }
}
