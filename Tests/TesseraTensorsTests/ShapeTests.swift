import TesseraTensors
import Testing

@Suite struct ShapeTests {
  @Test func countsElementsAndStepsInRowMajorOrder() {
    let shape: Shape = [5, 128, 64, 3]
    #expect(shape.rank == 4)
    #expect(shape.elementCount == 122_880)
    #expect(shape.strides == [24_576, 192, 3, 1])
    #expect(shape.description == "[5, 128, 64, 3]")
  }

  @Test func aScalarHasOneElementAndAnEmptyAxisNone() {
    #expect(Shape([]).elementCount == 1)
    #expect(Shape([]).strides == [])
    #expect(Shape([3, 0, 2]).elementCount == 0)
  }

  @Test func negativeAxesCountFromTheEnd() {
    let shape: Shape = [5, 6, 7]
    #expect([shape[-1], shape[-2], shape[-3], shape[0], shape[2]] == [7, 6, 5, 5, 7])
    #expect(shape.normalized(-1, in: "test") == 2)
  }
}
