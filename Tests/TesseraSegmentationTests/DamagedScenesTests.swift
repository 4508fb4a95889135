import TesseraImaging
import TesseraScenes
import TesseraSegmentation
import TesseraTensors
import Testing

/// Masks that were damaged on purpose come first, before what a network gets wrong.
@Suite struct DamagedScenesTests {
  private static let scenes = SyntheticScenes(count: 24, width: 96, height: 64, seed: 7)

  /// The scenes' masks, some of them with one class as another one.
  private struct Damaged {
    var masks = (0..<scenes.count).map { scenes.sample(at: $0).mask }
    private(set) var numbers: Set<Int> = []

    init(_ count: Int, seed: UInt64) {
      var random = RandomStream(seed: seed)
      while numbers.count < count {
        let (number, index) = (random.index(below: scenes.count), UInt16(random.index(below: scenes.labelSpace.count)))
        let share = Double(masks[number].indices.count { $0 == index }) / Double(masks[number].indices.count)
        guard (0.01...0.4).contains(share), numbers.insert(number).inserted else { continue }
        let other =
          (index + UInt16(1 + random.index(below: scenes.labelSpace.count - 1))) % UInt16(scenes.labelSpace.count)
        masks[number].indices = masks[number].indices.map { $0 == index ? other : $0 }
      }
    }
  }

  /// A network that is right and sure of it, except that it sees everything two pixels to the right, takes clouds for
  /// sky in every third picture, and in every picture a rectangle, of which it is not sure, for something else.
  private func confidence(in mask: Mask, of number: Int) -> MaskConfidence {
    let truth = Self.scenes.sample(at: number).mask
    let (width, height) = (truth.width, truth.height)
    var random = RandomStream(seed: 3).derived("unsure", number)
    let (left, top) = (random.index(below: width - 24), random.index(below: height - 16))
    let (sky, cloud, wrong): (UInt16, UInt16, UInt16) = (0, 1, UInt16(random.index(below: 10)))
    var predicted = truth.indices
    var best = [Float](repeating: 0.95, count: predicted.count)
    for pixel in predicted.indices {
      let (x, y) = (pixel % width, pixel / width)
      predicted[pixel] = truth.indices[y * width + max(0, x - 2)]
      if number % 3 == 0, predicted[pixel] == cloud { predicted[pixel] = sky }
      if (left..<left + 24).contains(x), (top..<top + 16).contains(y) { (predicted[pixel], best[pixel]) = (wrong, 0.4) }
    }
    let given = zip(predicted.indices, mask.indices).map { pixel, index in
      predicted[pixel] == index ? best[pixel] : min(0.3, 1 - best[pixel])
    }
    return MaskConfidence(
      mask: mask, probabilities: given,
      prediction: Mask(width: width, height: height, indices: predicted, labelSpace: truth.labelSpace),
      predictedProbabilities: best)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func damagedMasksComeFirst(seed: UInt64) {
    let damaged = Damaged(5, seed: seed)
    var review = MaskReview(Self.scenes.labelSpace, top: 50)
    for (number, mask) in damaged.masks.enumerated() { review.add(confidence(in: mask, of: number), picture: number) }
    let first = DoubtedPicture.ranked(review.findings).prefix(damaged.numbers.count).map(\.picture)
    #expect(damaged.numbers.intersection(first).count >= 4, "\(damaged.numbers.sorted()), found \(first)")
    let regions = review.findings.prefix(3).map(\.picture)
    #expect(damaged.numbers.isSuperset(of: regions), "\(damaged.numbers.sorted()), found \(regions)")
  }
}
