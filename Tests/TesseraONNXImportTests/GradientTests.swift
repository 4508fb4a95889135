import Foundation
import TesseraAutograd
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraONNXImport

@Suite struct GradientTests {
  @Test func aMapAlongAnAxisAndItsAdjoint() {
    let map = AxisMap(
      axis: 1, length: 4,
      taps: [
        [.init(source: 1, weight: 1)], [], [.init(source: 0, weight: 0.25), .init(source: 3, weight: -2)],
        [.init(source: 1, weight: 0.5)],
      ])
    expectAdjoint({ map($0) }, { map.adjoint($0) }, from: [2, 4, 3], to: [2, 4, 3], "axis map")
    let picked = AxisMap(axis: 0, length: 3, picking: [2, nil, 0])(Tensor([1, 2, 3]))
    #expect(picked == Tensor([3, 0, 1]))
  }

  @Test(arguments: [
    PointwiseFunction.Kind.absolute, .celu(alpha: 1.5), .cosine, .elu(alpha: 1.2, scale: 1.1), .erf, .mish, .sine,
    .softplus, .softsign, .tangent, .threshold(0.3),
  ])
  func pointwiseFunctions(kind: PointwiseFunction.Kind) {
    let function = PointwiseFunction(kind)
    for x in [Float(-1.3), -0.4, 0.2, 0.9, 2.1] {
      let step: Float = 1e-2
      let slope = (function(x + step) - function(x - step)) / (2 * step)
      #expect(abs(function.derivative(x) - slope) < 2e-3 * max(1, abs(slope)), "\(kind) at \(x)")
    }
  }

  @Test func functionsOfTwoWithBroadcasting() {
    let a = Tensor([0.5, 1.5, 2, 0.25, 3, 1], shape: [2, 3])
    let b = Tensor([1, 0.5, 2.5])
    func oracle(_ body: @escaping (Double, Double) -> Double) -> ([DoubleArray]) -> DoubleArray {
      { inputs in
        var result = inputs[0]
        for index in result.scalars.indices {
          result.scalars[index] = body(inputs[0].scalars[index], inputs[1].scalars[index % 3])
        }
        return result
      }
    }
    for (kind, body) in [
      (PairFunction.Kind.maximum, { max($0, $1) }), (.minimum, { min($0, $1) }), (.power, { pow($0, $1) }),
    ] as [(PairFunction.Kind, (Double, Double) -> Double)] {
      expectGradients(
        of: { PairFunction(kind)($0[0], $0[1].repeated(to: [2, 3])) }, match: oracle(body), at: [a, b], "\(kind)")
    }
  }

  @Test(arguments: [false, true], [1, 2])
  func productsOfBatches(isTransposed: Bool, batch: Int) {
    let a = Tensor.random([2, 3, 4], seed: 1)
    let b = Tensor.random(isTransposed ? [batch, 5, 4] : [batch, 4, 5], seed: 2)
    expectGradients(
      of: { BatchedProduct(isRightTransposed: isTransposed)($0[0], $0[1]) },
      match: { inputs in
        var result = DoubleArray(shape: [2, 3, 5])
        for index in 0..<30 {
          let (picture, row, column) = (index / 15, index / 5 % 3, index % 5)
          for k in 0..<4 {
            let place = batch == 1 ? 0 : picture
            let right = isTransposed ? (place * 5 + column) * 4 + k : (place * 4 + k) * 5 + column
            result.scalars[index] += inputs[0].scalars[(picture * 3 + row) * 4 + k] * inputs[1].scalars[right]
          }
        }
        return result
      }, at: [a, b], "product")
  }

  @Test func theLargestOverAxes() {
    let a = Tensor.random([2, 3, 4], seed: 3)
    expectGradients(
      of: { LargestAlongAxes(axes: [1])($0[0]) },
      match: { inputs in
        var result = DoubleArray(shape: [2, 1, 4])
        for index in 0..<8 {
          result.scalars[index] = (0..<3).map { inputs[0].scalars[(index / 4 * 3 + $0) * 4 + index % 4] }.max() ?? 0
        }
        return result
      }, at: [a], "largest")
  }
}
