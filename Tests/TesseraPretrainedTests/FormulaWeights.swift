import Foundation
import TesseraNetworks
import TesseraTensors

@testable import TesseraPretrained

/// A file whose numbers follow from the names of its arrays, as in scripts/golden/zoo.py.
struct FormulaWeights: WeightsFile {
  let path = "formula"
  let arrays: [(name: String, shape: Shape)]
  /// Where set, arrays are plain numbers in -1..<1, of this prefix and the name.
  var prefix: String?

  /// Numbers in -1..<1: SplitMix64 of the name's FNV-1a hash and the position.
  static func numbers(_ name: String, count: Int) -> [Float] {
    var seed: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return [Float](unsafeUninitializedCapacity: count) { values, filled in
      for index in 0..<count {
        var z = seed &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        values[index] = Float(z >> 40) / Float(1 << 23) - 1
      }
      filled = count
    }
  }

  func tensor(_ name: String) -> Tensor {
    var scalars: [Float] = []
    readRows(of: name) { scalars += $1 }
    return Tensor(scalars, shape: [scalars.count])
  }

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
    guard let shape = arrays.first(where: { $0.name == name })?.shape else { return }
    var values = Self.numbers((prefix ?? "") + name, count: shape.elementCount)
    if prefix == nil { Self.scale(&values, of: name, shape) }
    values.withUnsafeBufferPointer { body(0, $0) }
  }

  private static func scale(_ values: inout [Float], of name: String, _ shape: Shape) {
    func ends(_ torch: String, _ keras: String) -> Bool { name.hasSuffix(torch) || name.hasSuffix(keras) }
    if shape.rank > 1 {
      let sizes = shape.dimensions
      // Keras' filters are [height, width, inputs, outputs], its depthwise ones [height, width, channels, 1].
      let inputs =
        name.hasSuffix("kernel") ? (name.contains("depthwise") ? sizes.prefix(2) : sizes.dropLast()) : sizes.dropFirst()
      let limit = Float((3 / Double(inputs.reduce(1, *))).squareRoot())
      for index in values.indices { values[index] *= limit }
    } else if ends("running_var", "moving_variance") {
      for index in values.indices { values[index] = 1 + 0.5 * values[index] }
    } else if ends("running_mean", "moving_mean") {
      for index in values.indices { values[index] *= 0.1 }
    } else if ends("weight", "gamma") {
      for index in values.indices { values[index] = 0.3 + 0.03 * values[index] }
    } else {
      for index in values.indices { values[index] = (values[index] < 0 ? -1.5 : 1.5) + 0.3 * values[index] }
    }
  }
}
