extension ConfusionMatrix {
  /// Which class was mistaken for which: true and predicted index, and the number of pixels; the most frequent first,
  /// of equals the lower indices.
  ///
  /// A predicted void is an error too, and has the label space's void index.
  public var confusions: [(truth: Int, prediction: Int, pixels: Int)] {
    let count = labelSpace.count
    var found: [(truth: Int, prediction: Int, pixels: Int)] = []
    for truth in 0..<count {
      for prediction in 0..<count where prediction != truth && counts[truth * count + prediction] > 0 {
        found.append((truth, prediction, counts[truth * count + prediction]))
      }
      if let void = labelSpace.void, predictedVoid[truth] > 0 { found.append((truth, void, predictedVoid[truth])) }
    }
    return found.sorted { (-$0.pixels, $0.truth, $0.prediction) < (-$1.pixels, $1.truth, $1.prediction) }
  }
}
