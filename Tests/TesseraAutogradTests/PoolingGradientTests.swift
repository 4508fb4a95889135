import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct PoolingGradientTests {
  @Test(arguments: [(2, 2), (3, 1), (2, 3), (3, 2)], [Padding.valid, .same])
  func pooling(_ measures: (window: Int, stride: Int), _ padding: Padding) {
    let (window, stride) = measures
    func axis(_ size: Int) -> Oracle.Axis {
      Oracle.Axis(size: size, window: window, stride: stride, padding: padding == .same ? nil : (0, 0))
    }
    let windows = Oracle.Windows(rows: axis(5), columns: axis(4))
    let input = [Tensor.distinct([2, 5, 4, 3])]
    expectGradients(
      of: { maxPool($0[0], window: Extent(window), stride: Extent(stride), padding: padding) },
      match: { Oracle.pool($0[0], windows, Oracle.largest) }, at: input, "maximum")
    expectGradients(
      of: { averagePool($0[0], window: Extent(window), stride: Extent(stride), padding: padding) },
      match: { Oracle.pool($0[0], windows, Oracle.mean) }, at: input, "mean")
  }

  @Test func globalPooling() {
    func axis(_ size: Int) -> Oracle.Axis { Oracle.Axis(size: size, window: size, stride: 1, padding: (0, 0)) }
    let windows = Oracle.Windows(rows: axis(3), columns: axis(4))
    let input = [Tensor.distinct([2, 3, 4, 3])]
    expectGradients(
      of: { globalMaxPool($0[0]) }, match: { Oracle.pool($0[0], windows, Oracle.largest).reshaped(to: [2, 3]) },
      at: input)
    expectGradients(
      of: { globalAveragePool($0[0]) }, match: { Oracle.pool($0[0], windows, Oracle.mean).reshaped(to: [2, 3]) },
      at: input)
  }

  @Test func resizing() {
    let input = [Tensor.random([2, 3, 4, 2])]
    expectGradients(of: { upsample($0[0], by: 2) }, match: { Oracle.nearest($0[0], to: 6, 8) }, at: input)
    expectGradients(
      of: { upsample($0[0], by: Extent(height: 3, width: 2), .bilinear) },
      match: { Oracle.bilinear($0[0], to: 9, 8) }, at: input)
    expectGradients(
      of: { resize($0[0], to: Extent(height: 5, width: 3), .bilinear) }, match: { Oracle.bilinear($0[0], to: 5, 3) },
      at: input)
    expectGradients(
      of: { resize($0[0], to: Extent(height: 7, width: 2), .bilinearAlignedCorners) },
      match: { Oracle.bilinear($0[0], to: 7, 2, aligned: true) }, at: input)
  }

  @Test func binsOfThePicture() {
    expectGradients(
      of: { adaptiveAveragePool($0[0], to: Extent(height: 2, width: 3)) },
      match: { Oracle.adaptiveMean($0[0], to: 2, 3) }, at: [.random([2, 3, 4, 2])])
  }

  /// A gate for each channel (squeeze and excitation).
  @Test func channelsWeightedByTheirMeans() {
    expectGradients(
      of: { $0[0] * activate(globalAveragePool($0[0], keepingAxes: true), .sigmoid) },
      match: { inputs in
        let mean = inputs[0].mean(along: [1, 2])
        return inputs[0].combined(with: mean.map { 1 / (1 + exp(-$0)) }, *)
      }, at: [.random([2, 3, 4, 3])])
  }

  @Test func aVectorIsNoPicture() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = maxPool(Variable(.zeros([3, 4])), window: 2)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("maxPool: expects [batch, height, width, channels]; got [3, 4]"))
  }
}
