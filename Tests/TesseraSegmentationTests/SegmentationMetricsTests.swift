import Foundation
import TesseraImaging
import TesseraSegmentation
import Testing

@Suite struct SegmentationMetricsTests {
  @Test func aHandComputedCase() {
    // Truth and prediction of ten pixels; 0 is void.
    let truth: [Int32] = [0, 0, 1, 1, 1, 1, 2, 2, 2, 3]
    let predicted: [Int32] = [1, 3, 1, 1, 2, 0, 2, 2, 1, 3]
    var matrix = ConfusionMatrix(space(5, void: 0))
    matrix.add(predicted: predicted, truth: truth)
    let metrics = matrix.metrics
    // Class 1: 2 right of 4 true and 3 predicted; class 2: 2 of 3 and 3; class 3: 1 of 1 and 1; class 4 is absent.
    let ious = [2.0 / 5, 2.0 / 4, 1, 0]
    #expect(metrics.classes.map(\.index) == [1, 2, 3, 4])
    #expect(metrics.classes.map(\.name) == ["class 1", "class 2", "class 3", "class 4"])
    #expect(metrics.classes.map(\.iou) == ious)
    #expect(metrics.classes.map(\.accuracy) == [0.5, 2.0 / 3, 1, 0])
    #expect(metrics.classes.map(\.pixels) == [4, 3, 1, 0])
    #expect(metrics.classes.map(\.isAbsent) == [false, false, false, true])
    #expect(metrics.pixelAccuracy == 5.0 / 8)
    #expect(metrics.meanAccuracy == (0.5 + 2.0 / 3 + 1) / 4)
    #expect(metrics.meanIoU == (2.0 / 5 + 2.0 / 4 + 1) / 4)
    #expect(metrics.frequencyWeightedIoU == (4 * ious[0] + 3 * ious[1] + 1 * ious[2]) / 8)
    #expect(metrics.officialScore == (metrics.pixelAccuracy + metrics.meanIoU) / 2)
  }

  /// The benchmark's procedure, picture by picture: shut predictions out where the truth is 0, sum areas, then divide.
  private struct Official {
    var intersection: [Double]
    var predicted: [Double]
    var truth: [Double]

    init(classes: Int) {
      intersection = [Double](repeating: 0, count: classes)
      (predicted, truth) = (intersection, intersection)
    }

    mutating func add(_ prediction: Mask, _ annotation: Mask) {
      for (guess, label) in zip(prediction.indices, annotation.indices) {
        let shut = label > 0 ? guess : 0
        if shut > 0 { predicted[Int(shut) - 1] += 1 }
        if label > 0 { truth[Int(label) - 1] += 1 }
        if label > 0 && shut == label { intersection[Int(label) - 1] += 1 }
      }
    }

    var ious: [Double] {
      truth.indices.map { index in
        let union = truth[index] + predicted[index] - intersection[index]
        return union == 0 ? 0 : intersection[index] / union
      }
    }
    var meanIoU: Double { ious.reduce(0, +) / Double(ious.count) }
    var pixelAccuracy: Double { intersection.reduce(0, +) / truth.reduce(0, +) }
    var meanAccuracy: Double {
      zip(intersection, truth).reduce(0) { $0 + ($1.1 == 0 ? 0 : $1.0 / $1.1) } / Double(truth.count)
    }
    var frequencyWeightedIoU: Double { zip(ious, truth).reduce(0) { $0 + $1.0 * $1.1 } / truth.reduce(0, +) }
  }

  @Test(arguments: 0..<6)
  func agreesWithTheOfficialProcedureInDouble(seed: Int) {
    let labels = LabelSpace.ade20k
    // Some classes never occur, one only in predictions, one only in truths.
    let truths = [0, 1, 2, 3, 40, 150]
    let guesses = [0, 1, 2, 3, 77, 150]
    var matrix = ConfusionMatrix(labels)
    var official = Official(classes: 150)
    for picture in 0..<3 {
      let truth = randomMask(17, 9, of: truths, in: labels, seed: UInt64(10 * seed + picture))
      let prediction = randomMask(17, 9, of: guesses, in: labels, seed: UInt64(1000 + 10 * seed + picture))
      matrix.add(predicted: prediction, truth: truth)
      official.add(prediction, truth)
    }
    let metrics = matrix.metrics
    #expect(metrics.classes.count == 150)
    #expect(metrics.classes.map(\.iou) == official.ious)
    func isClose(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-12 }
    #expect(isClose(metrics.meanIoU, official.meanIoU))
    #expect(isClose(metrics.pixelAccuracy, official.pixelAccuracy))
    #expect(isClose(metrics.meanAccuracy, official.meanAccuracy))
    #expect(isClose(metrics.frequencyWeightedIoU, official.frequencyWeightedIoU))
    #expect(metrics.classes[76].iou == 0 && !metrics.classes[76].isAbsent && metrics.classes[76].pixels == 0)
    #expect(metrics.classes.count(where: \.isAbsent) == 150 - 6)
  }

  @Test func withoutVoidEveryIndexCounts() {
    var matrix = ConfusionMatrix(space(2))
    matrix.add(predicted: [0, 0, 1, 1], truth: [0, 1, 1, 1])
    #expect(matrix.metrics.classes.map(\.iou) == [0.5, 2.0 / 3])
    #expect(matrix.metrics.pixelAccuracy == 0.75)
  }

  @Test func nothingCountedGivesZerosAndNoNaN() {
    let metrics = ConfusionMatrix(space(3, void: 0)).metrics
    #expect(
      [
        metrics.pixelAccuracy, metrics.meanAccuracy, metrics.meanIoU, metrics.frequencyWeightedIoU,
        metrics.officialScore,
      ]
        == [0, 0, 0, 0, 0])
  }
}
