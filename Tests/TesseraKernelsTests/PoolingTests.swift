import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct PoolingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var size = (7, 9)
    var channels = 3
    var window = (2, 2)
    var stride = (2, 2)
    var padding = Padding.valid

    var testDescription: String { "\(size) x \(channels), window \(window), stride \(stride), \(padding)" }
    var windows: Oracle.Windows { Oracle.Windows(size: size, window: window, stride: stride, padding: padding) }
    var geometry: WindowGeometry {
      WindowGeometry(
        "pool", input: Extent(height: size.0, width: size.1), window: Extent(height: window.0, width: window.1),
        stride: Extent(height: stride.0, width: stride.1), padding: padding)
    }
  }

  static let cases: [Case] = {
    var cases: [Case] = []
    for window in [(2, 2), (3, 3), (1, 4), (5, 2), (1, 1)] {
      for stride in [(1, 1), (2, 2), (3, 3), (2, 1), (4, 5)] {
        for padding in [Padding.valid, .same] {
          cases.append(Case(window: window, stride: stride, padding: padding))
        }
      }
    }
    cases.append(Case(window: (3, 3), padding: .explicit(1)))
    cases.append(Case(window: (4, 3), stride: (1, 2), padding: .explicit(top: 2, bottom: 0, left: 1, right: 2)))
    // Several blocks of channels where windows overlap, and where they do not; whole pictures.
    cases.append(Case(channels: 150, window: (3, 3)))
    cases.append(Case(channels: 70))
    cases.append(Case(channels: 5, window: (7, 9), stride: (7, 9)))
    return cases
  }()

  @Test(arguments: cases)
  func maximumAndItsGradientEqualPlainLoops(_ example: Case) {
    let input = Tensor.distinct([2, example.size.0, example.size.1, example.channels])
    let expected = Oracle.pool(DoubleArray(input), example.windows, Oracle.largest)
    let output = Pooling.maximum(input, geometry: example.geometry)
    expectClose(output, expected, tolerance: 0, "maximum")

    let gradient = Tensor.random(output.shape)
    var routed = DoubleArray(shape: input.shape)
    for (index, (value, part)) in zip(expected.shape.indices, zip(expected.scalars, gradient.scalars)) {
      for row in (0..<example.window.0).compactMap({ example.windows.rows.source(index[1], $0) }) {
        for column in (0..<example.window.1).compactMap({ example.windows.columns.source(index[2], $0) })
        where Double(input[index[0], row, column, index[3]]) == value {
          routed[index[0], row, column, index[3]] += Double(part)
        }
      }
    }
    expectClose(
      Pooling.maximumGradient(gradient, input: input, output: output, geometry: example.geometry), routed,
      "maximum gradient")
  }

  @Test(arguments: cases)
  func meanEqualsPlainLoopsAndItsGradientIsTheAdjoint(_ example: Case) {
    let input = Tensor.random([2, example.size.0, example.size.1, example.channels])
    let expected = Oracle.pool(DoubleArray(input), example.windows, Oracle.mean)
    expectClose(Pooling.average(input, geometry: example.geometry), expected, "mean")
    expectAdjoint(
      { Pooling.average($0, geometry: example.geometry) },
      { Pooling.averageGradient($0, geometry: example.geometry) }, from: input.shape, to: expected.shape, "mean")
  }

  @Test func theFirstOfEqualsGetsTheWholeGradient() {
    let input = Tensor(repeating: 4, shape: [1, 4, 4, 2])
    let geometry = WindowGeometry("maxPool", input: 4, window: 2, stride: 2, padding: .valid)
    let output = Pooling.maximum(input, geometry: geometry)
    let gradient = Pooling.maximumGradient(
      Tensor(repeating: 1, shape: output.shape), input: input, output: output, geometry: geometry)
    for index in gradient.shape.indices {
      let isFirst = index[1] % 2 == 0 && index[2] % 2 == 0
      #expect(gradient[0, index[1], index[2], index[3]] == (isFirst ? 1 : 0))
    }
  }

  @Test func aNaNIsNeverHiddenByItsNeighbors() {
    let geometry = WindowGeometry("maxPool", input: 2, window: 2, stride: 2, padding: .valid)
    for place in 0..<4 {
      var scalars: [Float] = [1, 2, 3, 4]
      scalars[place] = .nan
      let result = Pooling.maximum(Tensor(scalars, shape: [1, 2, 2, 1]), geometry: geometry)
      #expect(result.item.isNaN, "NaN at \(place)")
    }
  }

  @Test func aWindowThatLiesInThePaddingStopsWithTheGeometry() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let geometry = WindowGeometry("maxPool", input: 4, window: 2, stride: 2, padding: .explicit(2))
      _ = Pooling.maximum(.zeros([1, 4, 4, 1]), geometry: geometry)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("maxPool: a window of 2 x 2 lies in the padding of a picture of 4 x 4"))
  }

  @Test(arguments: [Case(size: (33, 40), channels: 5), Case(size: (21, 20), channels: 130, window: (3, 3))])
  func bitsDoNotDependOnTheNumberOfThreads(_ example: Case) {
    let input = Tensor.random([2, example.size.0, example.size.1, example.channels])
    expectSameBits {
      let output = Pooling.maximum(input, geometry: example.geometry)
      return [
        output, Pooling.average(input, geometry: example.geometry),
        Pooling.maximumGradient(output, input: input, output: output, geometry: example.geometry),
        Pooling.averageGradient(output, geometry: example.geometry),
      ]
    }
  }
}
