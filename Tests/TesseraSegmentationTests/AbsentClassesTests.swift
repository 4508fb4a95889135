import TesseraImaging
import TesseraSegmentation
import Testing

@Suite struct AbsentClassesTests {
  /// Means class by class in Double, by counting pixels of sets rather than a matrix.
  private struct Definition {
    var ious: [Double?] = []
    var accuracies: [Double?] = []
    var isTrue: [Bool] = []

    init(_ pairs: [(guess: Int, label: Int)], classes: [Int], void: Int?) {
      let counted = pairs.filter { $0.label != void }
      for index in classes {
        let truth = Double(counted.count { $0.label == index })
        let both = Double(counted.count { $0.label == index && $0.guess == index })
        let either = Double(counted.count { $0.label == index || $0.guess == index })
        ious.append(either == 0 ? nil : both / either)
        accuracies.append(truth == 0 ? nil : both / truth)
        isTrue.append(truth > 0)
      }
    }

    func mean(_ values: [Double?], _ rule: AbsentClasses) -> Double {
      let entering: [Double]
      switch rule {
      case .zero: entering = values.map { $0 ?? 0 }
      case .ignored: entering = values.compactMap(\.self)
      case .present: entering = zip(values, isTrue).filter(\.1).map { $0.0 ?? 0 }
      }
      return entering.reduce(0, +) / Double(entering.count)
    }
  }

  static let voids: [Int?] = [nil, 0, 255]

  @Test(arguments: voids, 0..<4) func meansAreThoseOfTheirDefinition(void: Int?, seed: Int) {
    let labels = space(9, void: void)
    // Class 4 is never predicted, class 5 never true, classes 6 and 7 neither.
    let truth = randomMask(23, 11, of: [0, 1, 2, 3, 4, 8] + (void == 255 ? [255] : []), in: labels, seed: UInt64(seed))
    let guess = randomMask(
      23, 11, of: [0, 1, 2, 3, 5, 8] + (void == 255 ? [255] : []), in: labels, seed: UInt64(seed) + 50)
    var matrix = ConfusionMatrix(labels)
    matrix.add(predicted: guess, truth: truth)
    let pairs = zip(guess.indices, truth.indices).map { (guess: Int($0), label: Int($1)) }
    let definition = Definition(pairs, classes: (0..<9).filter { $0 != void }, void: void)
    var means: Set<Double> = []
    for rule in AbsentClasses.allCases {
      let metrics = matrix.metrics(absentClasses: rule)
      #expect(metrics.absentClasses == rule)
      #expect(abs(metrics.meanIoU - definition.mean(definition.ious, rule)) < 1e-12)
      #expect(abs(metrics.meanAccuracy - definition.mean(definition.accuracies, rule)) < 1e-12)
      #expect(abs(metrics.officialScore - matrix.metrics.officialScore) < 1e-12)
      means.insert(metrics.meanIoU)
    }
    #expect(means.count == 3, "the rules differ here")
  }

  @Test func rulesAgreeWhereEveryClassOccurs() {
    let labels = space(4, void: 0)
    var matrix = ConfusionMatrix(labels)
    matrix.add(predicted: [1, 2, 3, 3, 1], truth: [1, 2, 3, 1, 0])
    for rule in AbsentClasses.allCases {
      #expect(matrix.metrics(absentClasses: rule).meanIoU == matrix.metrics.meanIoU)
      #expect(matrix.metrics(absentClasses: rule).meanAccuracy == matrix.metrics.meanAccuracy)
    }
  }

  @Test func nothingCountedGivesZerosByEveryRule() {
    for rule in AbsentClasses.allCases {
      let metrics = ConfusionMatrix(space(3, void: 0)).metrics(absentClasses: rule)
      #expect(metrics.meanIoU == 0 && metrics.meanAccuracy == 0)
    }
  }

  @Test func precisionAndDiceOfAHandComputedCase() {
    var matrix = ConfusionMatrix(space(4, void: 0))
    // Class 1: 2 right of 3 true and 4 predicted, one of them where class 2 is true; void truth is left out.
    matrix.add(predicted: [1, 1, 2, 1, 1, 1], truth: [1, 1, 1, 2, 2, 0])
    let scores = matrix.metrics.classes
    #expect(scores.map(\.predicted) == [4, 1, 0])
    #expect(scores.map(\.precision) == [0.5, 0, 0])
    #expect(scores.map(\.dice) == [4.0 / 7, 0, 0])
    #expect(scores.map(\.iou) == [2.0 / 5, 0, 0])
  }
}
