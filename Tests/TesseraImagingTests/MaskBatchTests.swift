import TesseraImaging
import TesseraTensors
import Testing

@Suite struct MaskBatchTests {
  private let batch = MaskBatch(
    indices: [0, 2, 255, 1], count: 2, height: 1, width: 2, labelSpace: LabelSpace(names: ["a", "b", "c"], void: 255))

  @Test func aBatchOfIndicesIsThatOfMasks() {
    let masks = [[0, 2], [255, 1]].map {
      Mask(width: 2, height: 1, indices: $0.map(UInt16.init), labelSpace: batch.labelSpace)
    }
    #expect(MaskBatch(masks) == batch)
  }

  @Test func oneHotHasOneAtTheTrueClassAndNothingAtVoid() {
    let expected: [Float] = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    #expect(batch.oneHot() == Tensor(expected, shape: [2, 1, 2, 3]))
    #expect(batch.oneHot(classes: 4).shape == [2, 1, 2, 4])
    #expect(batch.oneHot(classes: 4).sum(over: 4) == [1, 1, 0, 1])
  }

  @Test func voidAmongTheClassesHasNoTruthEither() {
    let space = LabelSpace(names: ["void", "a"], void: 0)
    let batch = MaskBatch(indices: [0, 1], count: 1, height: 1, width: 2, labelSpace: space)
    #expect(batch.oneHot() == Tensor([0, 0, 0, 1], shape: [1, 1, 2, 2]))
    #expect(batch.weights() == Tensor([0, 1], shape: [1, 1, 2, 1]))
    #expect(batch.countedPixels == 1)
  }

  @Test func weightsAreThoseOfTheClassesAndZeroAtVoid() {
    #expect(batch.weights() == Tensor([1, 1, 0, 1], shape: [2, 1, 2, 1]))
    #expect(batch.weights(Tensor([2, 3, 4])) == Tensor([2, 4, 0, 3], shape: [2, 1, 2, 1]))
    #expect(batch.countedPixels == 3)
    #expect(
      MaskBatch(indices: [1, 0], count: 1, height: 2, width: 1, labelSpace: .init(names: ["a", "b"], void: nil))
        .countedPixels == 2)
  }

  @Test func indicesThatNoClassHasStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = MaskBatch(indices: [0, 7], count: 1, height: 1, width: 2, labelSpace: .init(names: ["a", "b"], void: 255))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("MaskBatch: index 7 is neither one of 2 classes nor void (255)"), "\(text)")
  }
}

extension Tensor {
  /// The sums of rows of `length` elements.
  fileprivate func sum(over length: Int) -> [Float] {
    stride(from: 0, to: count, by: length).map { scalars[$0..<$0 + length].reduce(0, +) }
  }
}
