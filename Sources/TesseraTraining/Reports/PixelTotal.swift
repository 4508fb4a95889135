import TesseraFiles

/// Sums from which the mean over all counted pixels of several batches follows.
struct PixelTotal: Codable, Equatable {
  private var lossSum = 0.0
  private(set) var weight = 0.0
  private(set) var counted = 0
  private(set) var correct = 0
  /// Of the losses' named parts; `nil` if they have none.
  private var partSums: [String: Double]?

  init() {}

  private enum CodingKeys: CodingKey { case lossSum, weight, counted, correct, partSums }

  init(from decoder: any Decoder) throws {
    let total = try decoder.container(keyedBy: CodingKeys.self)
    // Sums of weighted losses may be large, but stay far from infinity.
    lossSum = try total.real(.lossSum, in: -1e100...1e100)
    weight = try total.real(.weight, in: 0...1e100)
    counted = try total.count(.counted)
    correct = try total.count(.correct, upTo: counted)
    partSums = try total.decodeIfPresent([String: Double].self, forKey: .partSums)
  }

  mutating func add(_ batch: BatchOutcome) {
    lossSum += Double(batch.loss) * batch.weight
    weight += batch.weight
    counted += batch.counted
    correct += batch.correct
    addParts(batch.parts.mapValues { Double($0) * batch.weight })
  }

  static func += (left: inout PixelTotal, right: PixelTotal) {
    left.lossSum += right.lossSum
    left.weight += right.weight
    left.counted += right.counted
    left.correct += right.correct
    left.addParts(right.partSums ?? [:])
  }

  private mutating func addParts(_ sums: [String: Double]) {
    if !sums.isEmpty { partSums = (partSums ?? [:]).merging(sums, uniquingKeysWith: +) }
  }

  var loss: Float { weight == 0 ? 0 : Float(lossSum / weight) }
  var parts: [String: Float] { weight == 0 ? [:] : (partSums ?? [:]).mapValues { Float($0 / weight) } }
  var accuracy: Float { counted == 0 ? 0 : Float(correct) / Float(counted) }
}
