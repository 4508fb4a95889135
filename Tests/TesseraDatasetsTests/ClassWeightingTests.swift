import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

@Suite struct ClassWeightingTests {
  /// Three masks of 4 x 2 pixels: class 0 has 4 + 6 + 0 pixels, class 1 has 2 + 0 + 8, class 2 has 2 and class 3 none;
  /// two pixels are void.
  struct Masks: SegmentationDataset {
    let labelSpace: LabelSpace
    var width = 4
    var indices: [[UInt16]] = [
      [0, 0, 0, 0, 1, 1, 2, 2], [0, 0, 0, 0, 0, 0, 255, 255], [1, 1, 1, 1, 1, 1, 1, 1],
    ]

    var count: Int { indices.count }

    func sample(at index: Int) -> Sample {
      let (values, height) = (indices[index], indices[index].count / width)
      return Sample(
        name: "\(index)", image: Image(width: width, height: height, color: .black),
        mask: Mask(width: width, height: height, indices: values, labelSpace: labelSpace))
    }

    func sample(at index: Int, width: Int, height: Int) -> Sample {
      let sample = sample(at: index)
      return Sample(
        name: sample.name, pixels: sample.pixels.resized(toWidth: width, height: height),
        mask: sample.mask.resized(toWidth: width, height: height))
    }
  }

  let space = LabelSpace(names: ["a", "b", "c", "d"], void: 255)

  private func weights(_ word: String) throws -> [Double] {
    let rule = try #require(ClassWeighting(rawValue: word))
    return rule.weights(of: try DatasetSurvey(of: Masks(labelSpace: space)), space)
  }

  private func rounded(_ weight: Double) -> Double { Double(String(format: "%.3g", weight)) ?? .nan }

  @Test func medianFrequencyDividesTheMedianByTheShareInPicturesThatShowTheClass() throws {
    // Of the pixels of masks that hold them: 10 / 16, 10 / 16 and 2 / 8.
    let (frequent, rare) = (10.0 / 16, 2.0 / 8)
    #expect(try weights("median-frequency") == [1, 1, rounded(frequent / rare), 1])
  }

  @Test func inverseLogTakesTheShareOfAllCountedPixels() throws {
    let expected = [10.0, 10, 2].map { rounded(1 / log(1.02 + $0 / 22)) }
    #expect(try weights("inverse-log") == expected + [1])
  }

  @Test func effectiveNumberCountsPicturesAndHasAMeanOf1() throws {
    // Shown by 2, 2 and 1 pictures.
    let plain = [2.0, 2, 1].map { (1 - 0.9) / (1 - pow(0.9, $0)) }
    let mean = plain.reduce(0, +) / 3
    #expect(try weights("effective-number=0.9") == plain.map { rounded($0 / mean) } + [1])
    #expect(ClassWeighting(rawValue: "effective-number") == .effectiveNumber(beta: 0.999))
  }

  @Test func weightsAreThoseOfOutputsAndVoidHasOne() throws {
    let silent = LabelSpace(names: ["void", "a", "b"], void: 0).withoutVoidOutput
    let survey = try DatasetSurvey(of: Masks(labelSpace: LabelSpace(names: ["void", "a", "b"], void: 255)))
    #expect(ClassWeighting.medianFrequency.weights(of: survey, silent).count == 2)
    let spoken = ClassWeighting.inverseLog.weights(of: survey, LabelSpace(names: ["void", "a", "b"], void: 0))
    #expect(spoken.count == 3 && spoken[0] == 1 && spoken[1] != 1)
  }

  @Test func weightsOfClassesWithALongTailStayInBounds() throws {
    let space = LabelSpace(names: ["a", "b", "c"], void: nil)
    let tail = Masks(
      labelSpace: space, width: 100, indices: [(0..<10_000).map { $0 < 2 ? 2 : $0 < 300 ? 1 : 0 }])
    let weights = ClassWeighting.medianFrequency.weights(of: try DatasetSurvey(of: tail), space)
    #expect(weights == [0.1, 1, 10])
  }
}
