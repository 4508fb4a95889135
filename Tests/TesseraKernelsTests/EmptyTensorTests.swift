import TesseraKernels
import TesseraTensors
import Testing

/// Tensors without elements: results without elements, sums of nothing, and sentences where there is no answer.
@Suite struct EmptyTensorTests {
  private let empty = Tensor([], shape: [2, 0])

  @Test func broadcastingWithNothingGivesNothing() {
    #expect((Tensor.zeros([2, 1]) + empty).shape == [2, 0])
    #expect((empty * Tensor.zeros([1, 1])).shape == [2, 0])
    #expect((empty / 2).shape == [2, 0] && (empty - empty).shape == [2, 0])
    #expect(Tensor.maximum(Tensor.zeros([3, 1, 1]), empty).shape == [3, 2, 0])
    #expect((Tensor.zeros([0, 4, 1]) + Tensor.zeros([4, 5])).shape == [0, 4, 5])
    var sum = empty
    sum += Tensor(1)
    #expect(sum.shape == [2, 0] && (-empty).exponential().shape == [2, 0])
  }

  @Test func sumsOfNothingAreZero() {
    #expect(empty.sum().item == 0)
    #expect(empty.sum(along: [1]) == Tensor([0, 0]))
    #expect(empty.sum(along: [0]).shape == [0])
    #expect(Tensor.zeros([0, 3]).sum(along: [0]) == Tensor([0, 0, 0]))
    #expect(Tensor.zeros([2, 0, 3]).sum(along: [1], keepingAxes: true) == .zeros([2, 1, 3]))
    #expect(Tensor.zeros([0, 4, 5]).sum(along: [1]).shape == [0, 5])
    #expect(Tensor.zeros([0, 3]).mean(along: [1]).shape == [0])
  }

  @Test func rowsOfNothing() {
    #expect(Tensor.zeros([0, 3]).softmax().shape == [0, 3] && Tensor.zeros([0, 3]).argmax().isEmpty)
    #expect(empty.transposed().shape == [0, 2] && empty.sliced(0..<1, along: 0).shape == [1, 0])
    #expect(Tensor.concatenation([empty, Tensor.zeros([2, 3])], along: 1).shape == [2, 3])
    #expect(empty.matrixProduct(.zeros([0, 3])) == .zeros([2, 3]))
    #expect(Tensor.zeros([0, 2]).matrixProduct(.zeros([2, 3])).shape == [0, 3])
  }

  @Test(arguments: [1, 16]) func aConvolutionOfNoPicturesGivesNone(channels: Int) {
    let geometry = WindowGeometry("conv2D", input: 8, window: 3, padding: .same)
    let filter = Tensor.zeros([3, 3, channels, 16])
    let (input, output) = (Tensor.zeros([0, 8, 8, channels]), Tensor.zeros([0, 8, 8, 16]))
    #expect(Convolution.forward(input, filter: filter, geometry: geometry).shape == [0, 8, 8, 16])
    #expect(Convolution.inputGradient(output, filter: filter, geometry: geometry).shape == input.shape)
    #expect(Convolution.filterGradient(input, outputGradient: output, geometry: geometry) == .zeros(filter.shape))
  }

  @Test(arguments: [[0, 6, 8, 3], [2, 6, 8, 0]]) func poolsAndSizesOfNothing(lengths: [Int]) {
    let shape = Shape(lengths)
    let picture = Tensor.zeros(shape)
    for window in [2, 3] as [Extent] {
      let geometry = WindowGeometry("pool", input: Extent(height: 6, width: 8), window: window, stride: 2, padding: .same)
      let result = Pooling.maximum(picture, geometry: geometry)
      #expect(result.shape == [shape[0], 3, 4, shape[3]])
      #expect(Pooling.average(picture, geometry: geometry).shape == result.shape)
      #expect(Pooling.averageGradient(result, geometry: geometry).shape == shape)
      #expect(
        Pooling.maximumGradient(result, input: picture, output: result, geometry: geometry).shape == shape)
    }
    #expect(picture.resized(to: 3, .bilinear).shape == [shape[0], 3, 3, shape[3]])
    #expect(picture.resized(to: 0, .nearest).shape == [shape[0], 0, 0, shape[3]])
    #expect(Tensor.zeros([shape[0], 3, 3, shape[3]]).resizedAdjoint(to: 5, .bilinear).shape == [shape[0], 5, 5, shape[3]])
  }

  private func expectMessage(
    _ message: String, _ result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains(message), "\(output)", sourceLocation: sourceLocation)
  }

  @Test func whatHasNoAnswerSaysSo() async {
    expectMessage(
      "mean: shape [2, 0] has no elements to take the mean of along [1]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([2, 0]).mean(along: [1])
      })
    expectMessage(
      "resized: expects [batch, height, width, channels] with pixels to make 3 x 3 of; got [1, 0, 4, 2]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Tensor.zeros([1, 0, 4, 2]).resized(to: 3, .bilinear)
      })
    expectMessage(
      "conv2D: the filter [3, 3, 0, 4] has no weights; input [1, 8, 8, 0]",
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let geometry = WindowGeometry("conv2D", input: 8, window: 3, padding: .same)
        _ = Convolution.forward(.zeros([1, 8, 8, 0]), filter: .zeros([3, 3, 0, 4]), geometry: geometry)
      })
  }
}
