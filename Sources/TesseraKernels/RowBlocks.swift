import TesseraTensors

/// How rows of channels are cut into blocks, by shape only.
struct RowBlocks {
  let rows: Int
  let columns: Int
  private let length: Int

  init(_ shape: Shape) {
    columns = shape[-1]
    rows = shape.elementCount / max(1, columns)
    // A block is read twice, the second time from the core's own cache: 128 KB and, for the accuracy of sums, no more
    // than 256 rows.
    length = max(16, min(256, (1 << 15) / max(1, columns)))
  }

  var count: Int { (rows + length - 1) / length }
  func range(_ block: Int) -> Range<Int> { block * length..<min(rows, (block + 1) * length) }

  /// Numbers of neighboring columns, which are added side by side: one column's sum waits for each of its additions.
  typealias Strip = SIMD8<Double>
  func sum(_ term: (_ block: Int) -> Strip) -> Strip { (0..<count).reduce(into: .zero) { $0 += term($1) } }

  /// Calls `body` with each block's number of rows and where it starts, and with room for a block if it uses that.
  func run(
    usingBlock: Bool = false, _ body: (_ rows: Int, _ start: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
  ) {
    parallelFor(count, scratch: usingBlock ? length * columns : 0) { block, scratch in
      body(range(block).count, block * length * columns, scratch)
    }
  }

  /// Two numbers per channel, which `reduce` computes for each block of `tensors` and `join` combines over all blocks;
  /// with room for a block if `reduce` uses that.
  func columnPairs(
    of tensors: [Tensor], usingBlock: Bool = false,
    _ reduce: (
      [UnsafePointer<Float>], _ rows: Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>,
      _ scratch: UnsafeMutablePointer<Float>
    ) -> Void,
    joining join: (_ first: (_ block: Int) -> Strip, _ second: (_ block: Int) -> Strip) -> (Strip, Strip)
  ) -> (Tensor, Tensor) {
    var second = Tensor.zeros([columns])
    let first = Tensor(shape: [columns]) { first in
      withMemory(tensors) { sources in
        withScratch(2 * count * columns) { partials in
          parallelFor(count, scratch: usingBlock ? length * columns : 0) { block, scratch in
            let partial = partials + 2 * block * columns
            reduce(
              sources.map { $0 + block * length * columns }, range(block).count, partial, partial + columns, scratch)
          }
          second.withUnsafeMutableBufferPointer { second in
            parallelFor((columns + Strip.scalarCount - 1) / Strip.scalarCount, grain: 4) { strips in
              for column in stride(
                from: strips.lowerBound * Strip.scalarCount, to: min(columns, strips.upperBound * Strip.scalarCount),
                by: Strip.scalarCount)
              {
                let (one, other) = join(
                  { strip(at: partials + 2 * $0 * columns + column) },
                  { strip(at: partials + (2 * $0 + 1) * columns + column) })
                for lane in 0..<min(Strip.scalarCount, columns - column) {
                  (first[column + lane], second[column + lane]) = (Float(one[lane]), Float(other[lane]))
                }
              }
            }
          }
        }
      }
    }
    return (first, second)
  }

  /// The numbers that begin at `start`. Those after the last column are not used; memory has room for them.
  private func strip(at start: UnsafePointer<Float>) -> Strip {
    Strip(UnsafeRawPointer(start).loadUnaligned(as: SIMD8<Float>.self))
  }
}

/// Calls `body` with the memory of all `tensors`.
func withMemory<Result>(_ tensors: [Tensor], _ body: ([UnsafePointer<Float>]) -> Result) -> Result {
  var pointers: [UnsafePointer<Float>] = []
  func open(_ rest: ArraySlice<Tensor>) -> Result {
    guard let tensor = rest.first else { return body(pointers) }
    return tensor.withUnsafeBufferPointer { memory in
      pointers.append(memory.baseAddress!)
      return open(rest.dropFirst())
    }
  }
  return open(tensors[...])
}
