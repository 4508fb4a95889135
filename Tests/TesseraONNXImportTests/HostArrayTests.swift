import Testing

@testable import TesseraONNXImport

@Suite struct HostArrayTests {
  @Test func transposesAsPermutedIndices() {
    let array = HostArray(shape: [2, 3], values: [0, 1, 2, 3, 4, 5], isInteger: true)
    #expect(array.transposed([1, 0]) == HostArray(shape: [3, 2], values: [0, 3, 1, 4, 2, 5], isInteger: true))
  }

  @Test func selectsPartsOfAnAxisInAnyOrder() {
    let array = HostArray(shape: [2, 3], values: [0, 1, 2, 3, 4, 5], isInteger: true)
    #expect(array.selecting([2, 0], along: 1).values == [2, 0, 5, 3])
    #expect(array.selecting([1], along: 0).shape == [1, 3])
  }

  @Test func repeatsAlongAxesOfLengthOne() throws {
    let array = HostArray(shape: [2, 1], values: [7, 9], isInteger: false)
    #expect(try array.repeated(to: [1, 2, 3]).values == [7, 7, 7, 9, 9, 9])
    #expect(throws: NodeFault.self) { try array.repeated(to: [3, 3]) }
    #expect(throws: NodeFault("an array of the shape [2, 4000000] is larger than shapes and indices are")) {
      try array.repeated(to: [2, 4_000_000])
    }
  }

  @Test func cutsIntegersThatNoIndexHas() {
    let ends = HostArray(shape: [3], values: [Double(Int64.max), Double(Int64.min), .nan], isInteger: true)
    #expect(ends.integers == [Int.max, Int.min, 0])
  }
}
