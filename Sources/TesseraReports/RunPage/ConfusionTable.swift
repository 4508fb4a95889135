import TesseraSegmentation

/// The part of an epoch's confusions that can be read on a page.
struct ConfusionTable {
  /// A true class and what it was predicted as.
  struct Row {
    let score: ClassScore
    /// Pixels by shown class.
    let pixels: [Int]
    /// Pixels that were predicted as none of the shown classes.
    let rest: Int
  }

  let rows: [Row]
  /// Whether classes that occur are left out.
  let isPart: Bool

  /// As many classes as are readable in a page's width.
  static let mostClasses = 20

  init(_ validation: RunRecord.Validation) {
    let occurring = validation.occurring
    isPart = occurring.count > Self.mostClasses
    // Pixels that should have been the class and were not, or the other way round.
    func errors(_ score: ClassScore) -> Int { score.pixels + score.predicted - 2 * score.right }
    let chosen =
      occurring.sorted { (errors($0), -$0.index) > (errors($1), -$1.index) }.prefix(Self.mostClasses)
      .sorted { $0.index < $1.index }
    let places = Dictionary(chosen.enumerated().map { ($1.index, $0) }) { first, _ in first }
    var pixels = chosen.enumerated().map { place, score in
      chosen.indices.map { $0 == place ? score.right : 0 }
    }
    for confusion in validation.confusions {
      if let row = places[confusion.truth], let column = places[confusion.prediction] {
        pixels[row][column] = confusion.pixels
      }
    }
    rows = zip(chosen, pixels).map { score, pixels in
      Row(score: score, pixels: pixels, rest: score.pixels - pixels.reduce(0, +))
    }
  }

  var hasRest: Bool { rows.contains { $0.rest > 0 } }
}
