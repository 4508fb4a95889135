/// The part of a confusion matrix that is worth a picture: classes that occur.
struct ConfusionTable {
  struct Row {
    let index: Int
    /// True pixels by shown column.
    let pixels: [Int]
    /// All true pixels.
    let total: Int
  }

  let labelSpace: LabelSpace
  let rows: [Row]
  /// The classes of the rows, and void where it was predicted.
  let columns: [Int]
  /// Classes without void that occur nowhere.
  let leftOut: Int

  init(counts: [Int], predictedVoid: [Int], labelSpace: LabelSpace) {
    let count = labelSpace.count
    // Void outside the classes is a last column.
    let pixels = (0..<count).map { Array(counts[$0 * count..<($0 + 1) * count]) + [predictedVoid[$0]] }
    func isPredicted(_ column: Int) -> Bool { pixels.contains { $0[column] > 0 } }
    let classes = (0..<count).filter { $0 != labelSpace.void }
    let shown = classes.filter { index in pixels[index].contains { $0 > 0 } || isPredicted(index) }
    let void = labelSpace.void.map { min($0, count) }.flatMap { isPredicted($0) ? $0 : nil }
    let places = shown + [void].compactMap(\.self)
    self.labelSpace = labelSpace
    columns = shown + (void == nil ? [] : [labelSpace.void].compactMap(\.self))
    rows = shown.map { index in
      Row(index: index, pixels: places.map { pixels[index][$0] }, total: pixels[index].reduce(0, +))
    }
    leftOut = classes.count - shown.count
  }

  /// The part of a row's pixels that was predicted as a column; `nil` in a row without pixels.
  func share(_ row: Int, _ column: Int) -> Double? {
    rows[row].total == 0 ? nil : Double(rows[row].pixels[column]) / Double(rows[row].total)
  }

  func isRight(_ row: Int, _ column: Int) -> Bool { rows[row].index == columns[column] }
}
