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

  /// A file may say anything; the mistakes of code still stop.
  @Test(arguments: [
    [1 << 61], [1 << 62], [.max], [0, 1 << 62], [1 << 62, 0], [0, 1 << 32, 1 << 32], [-1], [2, -3],
    Array(repeating: 1, count: 65),
  ])
  func sizesOfFilesThatNoTensorHasAreNoShape(dimensions: [Int]) {
    #expect(Shape(fromFile: dimensions) == nil)
  }

  @Test func sizesOfFilesThatATensorCanHaveAreAShape() {
    for dimensions in [[], [0, 3], [5, 4, 3], Array(repeating: 1, count: 64), [1 << 60]] {
      #expect(Shape(fromFile: dimensions)?.dimensions == dimensions)
    }
  }
}
