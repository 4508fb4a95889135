import Foundation
import TesseraTensors
import Testing

/// Mistakes in code stop the program, in release builds too, and say operation, expectation and arrival.
@Suite struct TrapTests {
  func expectMessage(
    _ message: String, _ result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(message), "\(output)", sourceLocation: sourceLocation)
  }

  @Test func elementsThatDoNotFillTheShape() async {
    expectMessage(
      "Tensor: shape [2, 3] holds 6 elements, but 5 were given",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor([1, 2, 3, 4, 5], shape: [2, 3])
      })
  }

  @Test func aReshapeThatChangesTheCount() async {
    expectMessage(
      "reshape: shape [2, 3] has 6 elements, but [7] holds 7",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2, 3]).reshaped(to: [7])
      })
  }

  @Test func anIndexOutsideTheShape() async {
    expectMessage(
      "subscript: index [1, 3] lies outside shape [2, 3]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Tensor.zeros([2, 3])[1, 3] })
  }

  @Test func tooFewIndices() async {
    expectMessage(
      "subscript: shape [2, 3] needs 2 indices; got [1]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Tensor.zeros([2, 3])[1] })
  }

  @Test func theItemOfSeveralElements() async {
    expectMessage(
      "Tensor.item: the tensor must have one element; its shape is [2]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Tensor([1, 2]).item })
  }

  @Test func anAxisThatIsNotThere() async {
    expectMessage(
      "Shape: there is no axis 2 in shape [2, 3]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Shape([2, 3])[2] })
  }

  @Test func aNegativeLength() async {
    expectMessage(
      "Shape: lengths must not be negative; got [2, -1]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Shape([2, -1]) })
  }

  @Test func aShapeLargerThanAnyMemory() async {
    expectMessage(
      "Shape: [4294967296, 4294967296] has more elements than a memory can hold",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Shape([1 << 32, 1 << 32]) })
  }

  @Test func aTensorThatTheSystemHasNoMemoryFor() async {
    expectMessage(
      "the system cannot provide 4294967296 MB more for tensors",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = Tensor.zeros([1 << 50]) })
  }

  @Test func aBoundWithoutNumbersBelowIt() async {
    expectMessage(
      "RandomStream.index: the bound must be positive; got 0",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        var stream = RandomStream(seed: 1)
        _ = stream.index(below: 0)
      })
  }

  @Test func aContextWithoutThreads() async {
    expectMessage(
      "ComputeContext: there must be at least one thread; got 0",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { _ = ComputeContext(threads: 0) })
  }
}
