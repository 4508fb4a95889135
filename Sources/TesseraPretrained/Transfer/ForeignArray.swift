import TesseraNetworks
import TesseraTensors

/// An array of a file, and the shape and order that its numbers have here.
struct ForeignArray {
  /// The name in the file.
  let name: String
  /// The shape that it must have in the file.
  var shape: Shape
  /// The shape that it has here.
  let ownShape: Shape
  /// Whether a filter's outputs come first in the file; here they are its last length.
  let isTurned: Bool
  /// Which length of `shape` counts the outputs, in convolutions and dense layers.
  let outputAxis: Int?
  /// Whether it cannot be negative.
  let isVariance: Bool
  /// Where its numbers begin in the file's array, of which it may be a part.
  var start = 0

  /// An array that is the same here.
  static func same(_ name: String, _ shape: Shape, isVariance: Bool = false) -> ForeignArray {
    ForeignArray(
      name: name, shape: shape, ownShape: shape, isTurned: false, outputAxis: nil, isVariance: isVariance)
  }

  /// The filter or matrix of a layer, which is `[height, width, inputs, outputs]` or `[inputs, outputs]` here.
  ///
  /// - Parameters:
  ///   - own: the shape of the model's parameter.
  ///   - found: the shape in the file; only it tells how often a depthwise convolution multiplies channels.
  ///   - channels: the number that the first filter has in the file, if it differs from the model's.
  static func filter(
    _ name: String, of kind: WeightTable.Layer.Kind, _ convention: WeightTable.Convention, _ own: Shape, found: Shape?,
    channels: Int?
  ) -> ForeignArray {
    guard own.rank == 2 || own.rank == 4 else { return same(name, own) }
    let outputsFirst = convention.outputsFirst
    var ownShape = own
    if let channels, own.rank == 4, found?.rank != 4 || found?[outputsFirst ? 1 : 2] != own[2] {
      ownShape = [own[0], own[1], channels, own[3]]
    }
    let window = Array(ownShape.dimensions.dropLast(2))
    let (inputs, outputs) = (ownShape[-2], ownShape[-1])
    let shape: Shape
    switch kind {
    case .dense:
      let rows = window.reduce(inputs, *)
      shape = outputsFirst ? [outputs, rows] : [rows, outputs]
    case .depthwiseConvolution where !outputsFirst:
      let multiplier = found.flatMap { $0.rank == 4 && $0[3] > 0 && outputs % $0[3] == 0 ? $0[3] : nil } ?? 1
      shape = Shape(window + [outputs / multiplier, multiplier])
    default: shape = outputsFirst ? Shape([outputs, inputs] + window) : ownShape
    }
    return ForeignArray(
      name: name, shape: shape, ownShape: ownShape, isTurned: outputsFirst,
      outputAxis: kind == .convolution || kind == .dense ? (outputsFirst ? 0 : shape.rank - 1) : nil, isVariance: false)
  }

  /// The same where the file's array also has other layers' outputs.
  func part(_ share: WeightTable.Layer.Share?) -> ForeignArray {
    guard let share else { return self }
    var array = self
    array.start = share.index * shape.elementCount
    array.shape = Shape([share.count * shape[0]] + shape.dimensions.dropFirst())
    return array
  }

  /// Returns its numbers in our order.
  ///
  /// - Parameter faults: gets the name where numbers are infinite or NaN, or a variance is negative.
  func read(from file: any WeightsFile, noting faults: inout [String]) throws -> Tensor {
    var isFinite = true
    var fault: (any Error)?
    let tensor = Tensor(shape: ownShape) { values in
      do {
        try file.readRows(of: name) { first, rows in
          let own = (first..<first + rows.count).clamped(to: start..<start + values.count)
          if own.isEmpty { return }
          let block = UnsafeBufferPointer(rebasing: rows[own.lowerBound - first..<own.upperBound - first])
          let place = own.lowerBound - start
          isFinite = isFinite && block.allSatisfy(\.isFinite)
          if isTurned {
            turn(block, from: place, into: values)
          } else {
            _ = UnsafeMutableBufferPointer(rebasing: values[place..<place + block.count]).update(fromContentsOf: block)
          }
        }
      } catch { fault = error }
    }
    if let fault { throw fault }
    if !isFinite {
      faults.append(name)
    } else if isVariance && tensor.scalars.contains(where: { $0 < 0 }) {
      faults.append("\(name) (negative)")
    }
    return tensor
  }

  /// Writes filters `[outputs of the block, inputs, taps]` into `[taps, inputs, all outputs]`.
  private func turn(
    _ block: UnsafeBufferPointer<Float>, from start: Int, into values: UnsafeMutableBufferPointer<Float>
  ) {
    let (inputs, outputs) = (ownShape[-2], ownShape[-1])
    let taps = ownShape.rank == 2 ? 1 : ownShape[0] * ownShape[1]
    let length = taps * inputs
    let (firstOutput, count) = (start / length, block.count / length)
    for tap in 0..<taps {
      for input in 0..<inputs {
        let row = (tap * inputs + input) * outputs + firstOutput
        var source = input * taps + tap
        for output in 0..<count {
          values[row + output] = block[source]
          source += length
        }
      }
    }
  }
}
