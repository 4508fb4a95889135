import CKernels
import TesseraTensors
import TestSupport
import Testing

/// One field of `tk_kernels`, and calls of it that every instruction set must answer alike.
struct KernelCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// Where the field lies in the table, in bytes.
  let bytes: Range<Int>
  /// Of the largest number of an array; 0 where instruction sets may not differ at all.
  let tolerance: Double
  /// All arrays that a table's function writes for inputs of a length.
  let results: @Sendable (tk_kernels, Int) -> [[Float]]

  var testDescription: String { name }

  init<Field>(
    _ name: String, _ field: KeyPath<tk_kernels, Field> & Sendable, tolerance: Double,
    _ results: @escaping @Sendable (Field, Int) -> [[Float]]
  ) {
    self.name = name
    let start = MemoryLayout<tk_kernels>.offset(of: field) ?? 0
    bytes = start..<start + MemoryLayout<Field>.size
    self.tolerance = tolerance
    self.results = { table, length in results(table[keyPath: field], length) }
  }

  static let all = elements + updates + rows + losses + depthwise + panels + winograd
}

/// Numbers that a kernel reads or changes in place, and four more behind them that it must not change.
func numbers(_ count: Int, seed: UInt64 = 1, in range: Range<Float> = -2..<2) -> [Float] {
  withSlack(Tensor.random([count + 4], seed: seed, in: range).scalars)
}

/// The same with multiples of a quarter, of which many are equal; the one in the middle is a NaN if wanted.
func quarters(
  _ count: Int, seed: UInt64 = 1, in range: Range<Float> = -2..<2, withNaN: Bool = false
) -> [Float] {
  var scalars = numbers(count, seed: seed, in: range)
  for index in scalars.indices { scalars[index] = (scalars[index] * 4).rounded() / 4 }
  if withNaN { scalars[count / 2] = .nan }
  return scalars
}

/// Memory that a kernel fills, and four more numbers that it must leave alone.
func unwritten(_ count: Int) -> [Float] {
  withSlack([Float](repeating: .nan, count: count + 4))
}

/// The same numbers in memory that has room for a register behind them, as a tensor's has: loads may run past the end.
private func withSlack(_ scalars: [Float]) -> [Float] {
  var result: [Float] = []
  result.reserveCapacity(scalars.count + 16)
  result += scalars
  return result
}
