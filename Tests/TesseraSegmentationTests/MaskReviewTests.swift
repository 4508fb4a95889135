import Foundation
import TesseraImaging
import TesseraSegmentation
import TesseraTensors
import Testing

/// Where networks contradict masks, and which contradictions come first.
@Suite struct MaskReviewTests {
  /// A picture of class 0 with rectangles that the network takes for other classes, with a probability.
  private struct Doubt {
    let columns, rows: Range<Int>
    var mask = 0
    var model = 1
    var probability: Float = 0.9
  }

  private let labels = LabelSpace(names: ["a", "b", "c", "void"], void: 3)

  private func confidence(width: Int = 64, height: Int = 32, _ doubts: [Doubt]) -> MaskConfidence {
    var (given, predicted) = (
      [UInt16](repeating: 0, count: width * height), [UInt16](repeating: 0, count: width * height)
    )
    var (own, best) = ([Float](repeating: 0.8, count: width * height), [Float](repeating: 0.8, count: width * height))
    for doubt in doubts {
      for row in doubt.rows {
        for place in row * width + doubt.columns.lowerBound..<row * width + doubt.columns.upperBound {
          (given[place], predicted[place]) = (UInt16(doubt.mask), UInt16(doubt.model))
          (own[place], best[place]) = (1 - doubt.probability, doubt.probability)
        }
      }
    }
    func mask(_ indices: [UInt16]) -> Mask { Mask(width: width, height: height, indices: indices, labelSpace: labels) }
    return MaskConfidence(
      mask: mask(given), probabilities: own, prediction: mask(predicted), predictedProbabilities: best)
  }

  @Test func regionsAreConnectedAndOfOnePairOfClasses() {
    let regions = DoubtedRegions(
      confidence([
        Doubt(columns: 2..<10, rows: 3..<9), Doubt(columns: 10..<12, rows: 3..<9, mask: 0, model: 2),
        // Touches the first at a corner only.
        Doubt(columns: 10..<13, rows: 9..<11), Doubt(columns: 40..<50, rows: 0..<32, mask: 3, model: 1),
      ])
    ).regions
    #expect(regions.map(\.pixels) == [48, 12, 6] && regions.map(\.modelClass) == [1, 2, 1])
    #expect(regions[0].columns == 2..<10 && regions[0].rows == 3..<9 && regions[0].maskClass == 0)
    #expect(abs(regions[0].modelProbability - 0.9) < 1e-6 && abs(regions[0].maskProbability - 0.1) < 1e-6)
  }

  @Test func pixelsNearAnEdgeWeighLess() {
    let regions = DoubtedRegions(
      confidence([Doubt(columns: 0..<12, rows: 0..<12), Doubt(columns: 20..<56, rows: 20..<24)])
    ).regions
    #expect(regions.map(\.pixels) == [144, 144] && regions[0].weight > 1.2 * regions[1].weight)
    // The picture's border is no edge of a region.
    let inner = DoubtedRegions(confidence([Doubt(columns: 20..<32, rows: 10..<22)])).regions[0]
    #expect(inner.weight < regions[0].weight && inner.pixels == 144)
    // 144 pixels of 2048 in percent, times the margin of 0.8.
    let full = 5.625
    #expect(regions[0].weight < full)
  }

  @Test func theRegionsOwnPixelsAreInside() {
    let doubts = confidence([Doubt(columns: 2..<10, rows: 3..<9), Doubt(columns: 12..<14, rows: 3..<9)])
    let regions = DoubtedRegions(doubts)
    let inside = regions.contains(regions.regions[0], rows: 2..<10, columns: 0..<20)
    let count = inside.count { $0 }
    #expect(inside.count == 160 && count == 48)
    #expect(inside[22] && !inside[32])
  }

  @Test func whatANetworkOftenConfusesComesLater() {
    var review = MaskReview(labels, top: 3)
    // 0 is often taken for 1, and once for 2.
    for picture in 0..<4 { review.add(confidence([Doubt(columns: 0..<40, rows: 0..<16)]), picture: picture) }
    review.add(confidence([Doubt(columns: 0..<24, rows: 0..<16, model: 2)]), picture: 4)
    let findings = review.findings
    #expect(findings.map(\.picture) == [4, 0, 1] && findings[0].score > findings[1].score)
    #expect(findings[0].region.weight < findings[1].region.weight)
    #expect(DoubtedPicture.ranked(findings).map(\.picture) == [4, 0, 1])
    let both = DoubtedPicture.ranked(findings + [findings[1]])
    #expect(both.flatMap(\.places).sorted() == [0, 1, 2, 3])
  }

  @Test func aSureNetworkComesBeforeAnUnsureOne() {
    var review = MaskReview(labels, top: 2)
    for (picture, probability) in [Float(0.6), 0.95, 0.7].enumerated() {
      review.add(
        confidence([Doubt(columns: 4..<20, rows: 4..<20, probability: probability)]), picture: picture)
    }
    #expect(review.findings.map(\.picture) == [1, 2])
  }

  @Test func onlyTheHeaviestOfManyRegionsAreKept() {
    var review = MaskReview(labels, top: 1)
    // A chess board: 1024 regions of a pixel each.
    let board = (0..<1024).map { square in
      let (row, column) = (square / 32, 2 * (square % 32) + square / 32 % 2)
      return Doubt(columns: column..<column + 1, rows: row..<row + 1)
    }
    for picture in 0..<30 { review.add(confidence(board), picture: picture) }
    review.add(confidence([Doubt(columns: 0..<8, rows: 0..<8, probability: 0.99)]), picture: 30)
    for picture in 31..<40 { review.add(confidence(board), picture: picture) }
    #expect(review.findings.map(\.picture) == [30])
  }

  @Test func probabilitiesAreThoseOfTheNetwork() {
    let model = PixelwiseModel.byRed(classes: 3)
    let image = picture(32, 16) { x, _ in (x / 11, 0, 0) }
    for (averaging, scale) in [
      (Averaging.none, Predictor.Scale.trained), (Averaging(flip: true), .trained), (.none, .original(tile: 16)),
    ] {
      let labels = LabelSpace(names: ["a", "b", "c"], void: 255)
      let predictor = Predictor(
        model: model, labelSpace: labels, imageSize: ImageSize(width: 32, height: 16), scale: scale,
        averaging: averaging)
      var mask = Mask(width: 32, height: 16, indices: [UInt16](repeating: 1, count: 512), labelSpace: labels)
      mask.indices[0] = 255
      let confidence = predictor.confidence(in: mask, for: image)
      #expect(confidence.prediction == predictor.mask(for: image) && confidence.mask == mask)
      // Logits 0, -1, -2 of the classes 0, 1, 2, and for the second third -1, 0, -1.
      let expected: [Float] = [0.66524, 0, 0.24473, 0.57612]
      let found = [confidence.predictedProbabilities[0]] + [0, 1, 15].map { confidence.probabilities[$0] }
      for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-4) }
    }
  }

  @Test func aVoidOutputIsNeverTheNetworksClass() {
    let labels = LabelSpace(names: ["void", "a", "b"], void: 0)
    let image = picture(16, 16) { x, _ in (x / 8, 0, 0) }
    let mask = Mask(width: 16, height: 16, indices: [UInt16](repeating: 2, count: 256), labelSpace: labels)
    let predictor = Predictor(model: PixelwiseModel.byRed(classes: 3), labelSpace: labels, imageSize: 16)
    let confidence = predictor.confidence(in: mask, for: image)
    #expect(confidence.prediction.indices.allSatisfy { $0 == 1 })
    let silent = Predictor(
      model: PixelwiseModel.byRed(classes: 2), labelSpace: labels.withoutVoidOutput, imageSize: 16)
    #expect(
      silent.confidence(in: mask, for: image).prediction.indices.prefix(16).map(Int.init) == (0..<16).map { $0 / 8 + 1 }
    )
  }
}
