import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  static let sizes: [(m: Int, k: Int, n: Int)] = [
    (1, 1, 1), (3, 4, 5), (1, 300, 1), (1, 7, 600), (600, 7, 1), (257, 3, 259), (1100, 5, 300), (5, 1000, 6),
    (2, 1, 513), (30, 5001, 20),
  ]

  @Test(arguments: sizes)
  func allFourTranspositionsEqualPlainLoops(_ m: Int, _ k: Int, _ n: Int) {
    let (a, b) = (Tensor.random([m, k], seed: 1), Tensor.random([k, n], seed: 2))
    let expected = Oracle.product(DoubleArray(a), DoubleArray(b))
    let (at, bt) = (a.transposed(), b.transposed())
    expectClose(a.matrixProduct(b), expected, "plain")
    expectClose(at.matrixProduct(b, transposed: true), expected, "left transposed")
    expectClose(a.matrixProduct(bt, otherTransposed: true), expected, "right transposed")
    expectClose(at.matrixProduct(bt, transposed: true, otherTransposed: true), expected, "both transposed")
    expectSameBits { [a.matrixProduct(b), at.matrixProduct(bt, transposed: true, otherTransposed: true)] }
  }

  @Test func leadingAxesAreRows() {
    let (a, b) = (Tensor.random([2, 3, 4, 5]), Tensor.random([5, 6]))
    let expected = Oracle.product(DoubleArray(a.reshaped(to: [24, 5])), DoubleArray(b))
    expectClose(a.matrixProduct(b), expected.reshaped(to: [2, 3, 4, 6]))
  }

  @Test func emptySidesGiveZerosOrNothing() {
    #expect(Tensor.zeros([2, 0]).matrixProduct(.zeros([0, 3])) == .zeros([2, 3]))
    #expect(Tensor.zeros([0, 2]).matrixProduct(.zeros([2, 3])).shape == [0, 3])
    #expect(Tensor.zeros([1200, 2]).matrixProduct(.zeros([2, 0])).shape == [1200, 0])
  }

  @Test func innerLengthsThatDifferStopWithBothShapes() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.zeros([2, 3]).matrixProduct(.zeros([2, 3]))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("matrixProduct: the inner lengths differ: [2, 3] and [2, 3]"))
  }
}
