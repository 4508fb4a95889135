import TesseraImaging

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
  /// The classes of the rows, and void if it was predicted.
  let columns: [Int]
  /// The number of classes, void excluded, that occur nowhere.
  let leftOut: Int
  /// The number of classes that occur but have fewer pixels than the `mostClasses` that are shown.
  let smaller: Int

  /// A picture of more classes would be unreadable.
  private static let mostClasses = 400

  init(counts: [Int], predictedVoid: [Int], labelSpace: LabelSpace) {
    let count = labelSpace.count
    // Void outside the classes is the last column.
    var (truths, predictions) = (predictedVoid, [Int](repeating: 0, count: count + 1))
    for row in 0..<count {
      for column in 0..<count {
        truths[row] += counts[row * count + column]
        predictions[column] += counts[row * count + column]
      }
    }
    predictions[count] = predictedVoid.reduce(0, +)
    func pixels(_ row: Int, _ column: Int) -> Int {
      column == count ? predictedVoid[row] : counts[row * count + column]
    }
    let classes = (0..<count).filter { $0 != labelSpace.void }
    let occurring = classes.filter { truths[$0] > 0 || predictions[$0] > 0 }
    let largest = occurring.sorted { (truths[$1], $0) < (truths[$0], $1) }.prefix(Self.mostClasses)
    let shown = largest.sorted()
    let void = labelSpace.void.map { min($0, count) }.flatMap { predictions[$0] > 0 ? $0 : nil }
    let places = shown + [void].compactMap(\.self)
    self.labelSpace = labelSpace
    columns = shown + (void == nil ? [] : [labelSpace.void].compactMap(\.self))
    rows = shown.map { index in
      Row(index: index, pixels: places.map { pixels(index, $0) }, total: truths[index])
    }
    leftOut = classes.count - occurring.count
    smaller = occurring.count - shown.count
  }

  /// The share of a row's pixels that was predicted as a column; `nil` in a row without pixels.
  func share(_ row: Int, _ column: Int) -> Double? {
    rows[row].total == 0 ? nil : Double(rows[row].pixels[column]) / Double(rows[row].total)
  }

  func isRight(_ row: Int, _ column: Int) -> Bool { rows[row].index == columns[column] }
}
