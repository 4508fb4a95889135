import Foundation
import TesseraImaging
import TesseraSegmentation
import Testing

/// Metrics of real masks against scikit-learn's (scripts/golden/metrics.py).
@Suite struct RealMaskMetricsTests {
  struct Golden: Decodable {
    let sets: [Expected]
  }

  struct Expected: Decodable {
    struct Means: Decodable {
      let meanIoU: Double, meanAccuracy: Double
    }
    let name: String, masks: String
    let classes: Int, void: Int?, pictures: Int
    let pixelAccuracy: Double, kerasAccuracy: Double, frequencyWeightedIoU: Double, officialScore: Double
    let rules: [String: Means]
    let pixels: [Int], predicted: [Int]
    let iou: [Double], accuracy: [Double], precision: [Double], dice: [Double]
  }

  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let data = package.deletingLastPathComponent().appending(path: "shared/data")
  static let hasData = FileManager.default.fileExists(atPath: data.path)

  /// The prediction that the script makes of a mask.
  private func prediction(of truth: Mask) -> Mask {
    let (width, height) = (truth.width, truth.height)
    let indices = (0..<width * height).map { pixel -> UInt16 in
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
      let moved = truth.indices[(y + 5) % height * width + (x + 7) % width]
      return (x / 16 + y / 16) % 5 == 0 ? (moved * 7 + 3) % UInt16(truth.labelSpace.count) : moved
    }
    return Mask(width: width, height: height, indices: indices, labelSpace: truth.labelSpace)
  }

  @Test(.enabled(if: hasData, "needs ../shared/data"), arguments: 0..<3)
  func agreeWithScikitLearn(set: Int) throws {
    let file = try Data(contentsOf: Self.package.appending(path: "Tests/Golden/metrics.json"))
    let expected = try JSONDecoder().decode(Golden.self, from: file).sets[set]
    let labels = space(expected.classes, void: expected.void)
    let folder = Self.data.appending(path: "\(expected.name)/\(expected.masks)/validation").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }
    try #require(names.count == expected.pictures)
    var matrix = ConfusionMatrix(labels)
    var keras = KerasAccuracy()
    for name in names {
      let truth = try Mask(contentsOf: "\(folder)/\(name)", labelSpace: labels)
      let predicted = prediction(of: truth)
      matrix.add(predicted: predicted, truth: truth)
      keras.add(largestOutputs: predicted, truth: truth)
    }
    func isClose(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-12 }
    let metrics = matrix.metrics
    #expect(metrics.classes.map(\.pixels) == expected.pixels)
    #expect(metrics.classes.map(\.predicted) == expected.predicted)
    for (score, values) in [
      (\ClassScore.iou, expected.iou), (\.accuracy, expected.accuracy), (\.precision, expected.precision),
      (\.dice, expected.dice),
    ] {
      #expect(zip(metrics.classes, values).allSatisfy { isClose($0[keyPath: score], $1) })
    }
    #expect(isClose(metrics.pixelAccuracy, expected.pixelAccuracy))
    #expect(isClose(metrics.frequencyWeightedIoU, expected.frequencyWeightedIoU))
    #expect(isClose(keras.value, expected.kerasAccuracy))
    #expect(Set(expected.rules.keys) == Set(AbsentClasses.allCases.map(\.rawValue)))
    for rule in AbsentClasses.allCases {
      let means = try #require(expected.rules[rule.rawValue])
      let metrics = matrix.metrics(absentClasses: rule)
      #expect(isClose(metrics.meanIoU, means.meanIoU), "\(rule)")
      #expect(isClose(metrics.meanAccuracy, means.meanAccuracy), "\(rule)")
      #expect(isClose(metrics.officialScore, expected.officialScore), "the official score has its own rule")
    }
  }
}
