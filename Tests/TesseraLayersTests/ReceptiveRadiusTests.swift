import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import TestSupport
import Testing

@Suite struct ReceptiveRadiusTests {
  /// A network of one channel, whose layers are worth no Winograd's algorithm: its roundings reach further than
  /// windows.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let radius: Int?
    let body: @Sendable (Variable) -> Variable

    init(_ name: String, _ radius: Int?, _ body: @escaping @Sendable (Variable) -> Variable) {
      (self.name, self.radius, self.body) = (name, radius, body)
    }

    var testDescription: String { name }

    func graph(_ input: Shape) -> NetworkGraph { NetworkGraph(of: Sequential(), input: input, pass: body) }
  }

  /// A positive filter, so that nothing that is seen vanishes.
  private static func filter(_ kernel: Extent) -> Variable {
    Variable(.random([kernel.height, kernel.width, 1, 1], in: 0.5..<1))
  }

  private static func convolved(
    _ x: Variable, _ kernel: Extent, stride: Extent = 1, _ padding: Padding = .same, dilation: Extent = 1
  ) -> Variable {
    conv2D(x, filter: filter(kernel), stride: stride, padding: padding, dilation: dilation)
  }

  private static func enlarged(
    _ x: Variable, _ kernel: Extent, stride: Extent, _ cropping: Cropping = .same, dilation: Extent = 1
  ) -> Variable {
    transposedConv2D(x, filter: filter(kernel), stride: stride, cropping: cropping, dilation: dilation)
  }

  private static var one: Variable { Variable(Tensor([1.5])) }

  static let bounded = [
    Case("a pixel", 0) { relu($0 * 2 + 1) },
    Case("functions of a pixel", 1) { convolved($0, 3).power(2).clamped(to: -1e6...1e6) },
    Case("windows after windows", 5) { convolved(convolved($0, 3), 5, dilation: 2) },
    Case("an even window", 2) { convolved($0, 4) },
    Case("the larger axis", 3) { convolved($0, Extent(height: 3, width: 7)) },
    Case("explicit padding", 3) {
      convolved($0, 4, .explicit(top: 3, bottom: 0, left: 0, right: 3))
    },
    // The result is drawn at the picture's size: its first pixel lies at the picture's edge.
    Case("no padding", 5) { convolved(convolved($0, 3, .valid), 5, .valid) },
    Case("a stride, enlarged by neighbors", nil) { upsample(convolved($0, 3, stride: 2), by: 2) },
    Case("a stride that is left", nil) { convolved($0, 7, stride: 4) },
    Case("a stride that skips pixels", nil) { enlarged(convolved($0, 1, stride: 3), 3, stride: 3) },
    Case("a decoder", nil) { enlarged(convolved($0, 4, stride: 2, .explicit(1)), 4, stride: 2) },
    Case("pools, mixed linearly", nil) {
      upsample(maxPool($0, window: 3, stride: 2, padding: .same), by: 2, .bilinear)
    },
    Case("smaller by odd factors", nil) { x in
      let size = Extent(height: x.shape[1], width: x.shape[2])
      let small = resize(x, to: Extent(height: size.height / 3, width: size.width / 4 * 3), .bilinear)
      return resize(convolved(small, 3), to: size, .nearest)
    },
    Case("a dilated transposed window", nil) {
      averagePool(enlarged($0, 3, stride: 3, dilation: 2), window: 3)
    },
    Case("a short transposed window", nil) { maxPool(enlarged($0, 2, stride: 3), window: 3) },
    Case("aligned corners of the same size", 1) { x in
      resize(convolved(x, 3), to: Extent(height: x.shape[1], width: x.shape[2]), .bilinearAlignedCorners)
    },
    Case("levels and skips", nil) { x in
      let first = convolved(x, 3)
      let second = convolved(maxPool(first, window: 2), 3)
      let third = convolved(maxPool(second, window: 2), 3)
      let up = enlarged(third, 3, stride: 2).sum(along: [3], keepingAxes: true)
      let joined = concatenate([enlarged(relu(up) + second, 4, stride: 2), first])
      return convolved(joined.mean(along: [3], keepingAxes: true), 3)
    },
    Case("normalizations of channels", 2) { x in
      let pair = concatenate([convolved(x, 3), convolved(x, 5) * 2])
      let vector = Variable(Tensor([1, 2]))
      let known = batchNormalization(pair, scale: vector, offset: vector, mean: vector, variance: vector, epsilon: 1e-3)
      let layer = layerNormalization(known, scale: vector, offset: vector, epsilon: 1e-3)
      return softmax(layer).matrixProduct(Variable(Tensor([1, 3], shape: [2, 1])))
    },
    Case("rows moved", 5) { x in
      let rows = x.sliced(3..<x.shape[1], along: 1)
      let zeros = Variable(.zeros([x.shape[0], 3, x.shape[2], 1]))
      return concatenate([convolved(rows, 5), zeros], along: 1)
    },
    Case("an operation of one's own", 1) { x in
      let y = convolved(x, 3)
      return Variable.operation(Own(isPointwise: true), on: [y], value: y.value) { [$0] }
    },
    Case("axes that come and go", 1) { x in
      let flat = convolved(x, 3).sum(along: [3])
      return flat.reshaped(to: [x.shape[0], x.shape[1], x.shape[2], 1]).transposed([3, 1, 2, 0])
    },
  ]

  private struct Own: CustomOperation {
    let name = "own"
    let isPointwise: Bool
  }

  static let unbounded = [
    Case("a mean", nil) { $0 * $0.mean(along: [1, 2], keepingAxes: true) },
    Case("a gate", nil) { $0 * activate(globalAveragePool($0), .sigmoid).reshaped(to: [$0.shape[0], 1, 1, 1]) },
    Case("bins of the picture", nil) { adaptiveAveragePool($0, to: 3) },
    Case("attention of a picture's positions", nil) { x in
      let positions = x.reshaped(to: [x.shape[0], x.shape[1] * x.shape[2], 1])
      return scaledDotProductAttention(positions, positions, positions, heads: 1).reshaped(to: x.shape)
    },
    Case("aligned corners", nil) { upsample($0, by: 2, .bilinearAlignedCorners) },
    Case("the largest", nil) { $0 - maxPool($0, window: Extent(height: $0.shape[1], width: $0.shape[2])) },
    Case("attention", nil) { x in
      let pixels = x.reshaped(to: [x.shape[1] * x.shape[2], 1])
      return softmax(pixels.matrixProduct(pixels.transposed([1, 0]))).matrixProduct(pixels).reshaped(to: x.shape)
    },
    Case("group normalization", nil) { groupNormalization($0, scale: one, offset: one, groups: 1, epsilon: 1e-3) },
    Case("moments of the batch", nil) { batchNormalization($0, scale: one, offset: one, epsilon: 1e-3).output },
    Case("exchanged axes", nil) { $0.transposed([0, 2, 1, 3]) },
    Case("a filter that is computed", nil) { x in
      conv2D(x, filter: x.mean(along: [0, 1, 2]).reshaped(to: [1, 1, 1, 1]))
    },
    Case("an unknown operation", nil) { Variable.operation("own", on: [$0], value: $0.value) { [$0] } },
    Case("an operation that does not say", nil) {
      Variable.operation(Own(isPointwise: false), on: [$0], value: $0.value) { [$0] }
    },
    Case("nothing recorded", nil) { Variable($0.value) + 1 },
    Case("a vector", nil) { globalMaxPool($0) },
  ]

  @Test(arguments: unbounded) func whatHasNoBoundHasNoRadius(_ test: Case) {
    #expect(test.graph([1, 24, 24, 1]).receptiveRadius == nil)
  }

  /// Why aligned corners have no radius: results see pixels near them, but how depends on the picture's size, so a
  /// tile's result is another one however far from the tile's edge. With centers at half coordinates it is the same.
  @Test func alignedCornersSeeATileOtherwiseThanTheWhole() {
    func changed(by pixel: Int, of length: Int, _ interpolation: Interpolation) -> [Int: Float] {
      var picture = Tensor.zeros([1, length, 1, 1])
      picture[0, pixel, 0, 0] = 1
      let result = resize(Variable(picture), to: Extent(height: 2 * length, width: 1), interpolation).value
      return Dictionary(uniqueKeysWithValues: result.scalars.enumerated().filter { $0.element != 0 }.map { ($0, $1) })
    }
    #expect(changed(by: 10, of: 24, .bilinear) == changed(by: 10, of: 48, .bilinear))
    let (tile, whole) = (
      changed(by: 10, of: 24, .bilinearAlignedCorners), changed(by: 10, of: 48, .bilinearAlignedCorners)
    )
    #expect(tile != whole)
    for (place, weight) in tile { #expect(abs(weight - (whole[place] ?? 0)) > 1e-3, "result \(place)") }
  }

  /// A pixel of a black strip becomes white, for each place that it can have between two multiples of all strides:
  /// results change as far as the radius says and no farther, at the edges too.
  @Test(arguments: bounded) func pixelsChangeResultsWithinTheRadiusAndAtIt(_ test: Case) throws {
    let radius = try #require(test.graph([1, 48, 60, 1]).receptiveRadius)
    if let expected = test.radius { #expect(radius == expected) }
    #expect(radius < 24)
    #expect(test.graph([2, 96, 84, 1]).receptiveRadius == radius, "at any size")
    var reached = 0
    for axis in 1...2 {
      let shape: Shape = axis == 1 ? [1, 72, 12, 1] : [1, 12, 72, 1]
      let black = test.body(Variable(.zeros(shape))).value
      for pixel in [0, 6] + Array(30..<42) + [65, 71] {
        var picture = Tensor.zeros(shape)
        for across in 0..<12 {
          if axis == 1 { picture[0, pixel, across, 0] = 1000 } else { picture[0, across, pixel, 0] = 1000 }
        }
        let result = test.body(Variable(picture)).value
        let (before, after, length) = (black.scalars, result.scalars, result.shape[axis])
        let width = result.shape[2]
        let changed = Set(
          before.indices.filter { before[$0] != after[$0] }.map {
            axis == 1 ? $0 / width : $0 % width
          })
        for place in changed {
          let under = place * 72 / length...((place + 1) * 72 - 1) / length
          reached = max(reached, under.lowerBound - pixel, pixel - under.upperBound)
        }
      }
    }
    #expect(reached == radius)
  }
}
