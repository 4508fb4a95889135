import Foundation
import TesseraSegmentation
import Testing

@Suite struct LossWordTests {
  @Test(arguments: [
    ("cross-entropy", "cross-entropy"), ("focal", "focal=2"), ("focal=1.5", "focal=1.5"),
    ("ohem=0.5", "ohem=0.5:0.0625"),
    ("boundary", "boundary=10:5"), ("1*dice", "dice"), ("tversky=0.2:0.8", "tversky=0.2:0.8"),
    ("0.50*dice+cross-entropy", "0.5*dice+cross-entropy"),
    ("lovasz+2.0*focal-tversky", "lovasz+2*focal-tversky=0.3:0.7:0.75"),
  ])
  func aNameHasAllValues(text: String, name: String) throws {
    let loss = try SegmentationLoss(parsing: text)
    #expect(loss.rawValue == name)
    #expect(try SegmentationLoss(parsing: name) == loss)
    let coded = try JSONDecoder().decode([SegmentationLoss].self, from: JSONEncoder().encode([loss]))
    #expect(coded == [loss])
  }

  @Test func codeAndWordsAreTheSame() throws {
    #expect(try SegmentationLoss(parsing: "cross-entropy+0.5*dice") == .crossEntropy + 0.5 * .dice)
    #expect(
      try SegmentationLoss(parsing: "focal=3+ohem=0.6:0.1") == .focal(gamma: 3)
        + .hardExamples(below: 0.6, atLeast: 0.1))
    #expect(try SegmentationLoss(parsing: "2*jaccard+log-cosh-dice") == 2 * .jaccard + .logCoshDice)
    #expect(
      try SegmentationLoss(parsing: "tversky+boundary=3:2") == .tversky() + .boundaryWeighted(weight: 3, deviation: 2))
    #expect(
      try SegmentationLoss(parsing: "lovasz+focal-tversky=1:1:0.5")
        == .lovasz + .focalTversky(alpha: 1, beta: 1, exponent: 0.5))
  }

  @Test func everyWordOfTheListStandsForItself() throws {
    for (word, meaning) in SegmentationLoss.lossWords {
      #expect(try SegmentationLoss(parsing: word).rawValue == word)
      #expect(!meaning.isEmpty)
    }
    #expect(Set(SegmentationLoss.lossWords.map(\.word)).count == SegmentationLoss.lossWords.count)
  }

  @Test(arguments: [
    ("dise", "must be a sum of cross-entropy, focal=2, ohem=0.7:0.0625, "), ("", "must be a sum of "),
    ("cross-entropy+", "must be a sum of "), ("+dice", "must be a sum of "), ("0.5*", "must be a sum of "),
    ("dice+0.5*dice", "dice occurs twice; give it one weight, such as 2*dice; got dice+0.5*dice"),
    ("focal=1+focal=2", "focal occurs twice"),
    ("0*dice", "needs a weight in 1e-06...1000000 before each *, such as 0.5*dice; got 0*dice"),
    ("-1*dice", "needs a weight in "), ("nan*dice", "needs a weight in "), ("x*dice", "needs a weight in "),
    ("2*3*dice", "needs a weight in "), ("dice*0.5", "needs a weight in "), ("1e9*dice", "needs a weight in "),
    ("dice=2", "dice has no value; got dice=2"),
    ("focal=", "focal needs a number in 0...10, such as focal=2; got focal="),
    ("focal=11", "focal needs a number in 0...10"), ("focal=2:3", "focal needs a number in 0...10"),
    ("tversky=0.5:x", "tversky needs numbers in 0.01...100 and 0.01...100, such as tversky=0.3:0.7; got tversky=0.5:x"),
    ("ohem=0:0.5", "ohem needs numbers in 0.001...1 and 0.0001...1"), ("boundary=1:inf", "boundary needs numbers in "),
  ])
  func otherWordsAreRefusedWithAReason(text: String, reason: String) {
    let error = #expect(throws: LossError.self) { _ = try SegmentationLoss(parsing: text) }
    #expect(error?.description.hasPrefix(reason) == true, "\(error?.description ?? "")")
    #expect(SegmentationLoss(rawValue: text) == nil)
  }
}
