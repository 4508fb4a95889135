import TesseraTensors
import Testing

@Suite struct BufferPoolTests {
  /// Calls `body` so that the tensors it makes come from a pool of its own.
  func withPool<Result>(limit: Int = 1 << 20, _ body: (BufferPool) throws -> Result) rethrows -> Result {
    let pool = BufferPool(limit: limit)
    return try ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) { try body(pool) }
  }

  // A tensor dies after its last use, so a test that needs one alive says so with `withExtendedLifetime`.

  @Test func theMemoryOfATensorThatDiedIsUsedAgain() {
    withPool { pool in
      let first = address(of: Tensor.zeros([1000]))
      // 990 floats lie in the same class of sizes as 1000.
      let second = Tensor.zeros([990])
      withExtendedLifetime(second) {
        #expect(address(of: second) == first)
        #expect(address(of: Tensor.zeros([990])) != first)
      }
    }
  }

  @Test func countsLiveIdleAndPeakBytes() {
    withPool { pool in
      #expect(pool.statistics == (0, 0, 0))
      withExtendedLifetime([Tensor.zeros([16]), Tensor.zeros([32])]) {
        #expect(pool.statistics == (192, 192, 0))
      }
      #expect(pool.statistics == (0, 192, 192))
      withExtendedLifetime(Tensor.zeros([16])) {
        #expect(pool.statistics == (64, 192, 128))
        pool.releaseIdle()
        #expect(pool.statistics == (64, 192, 0))
      }
      #expect(pool.statistics == (0, 192, 64))
    }
  }

  @Test(arguments: [0, 1, 15, 16, 17, 1000, 4097, 100_000, 1 << 20, 3 << 20]) func memoryIsAlignedAndLittleIsLost(
    count: Int
  ) {
    withPool { pool in
      let tensor = Tensor.zeros([count])
      withExtendedLifetime(tensor) {
        #expect(address(of: tensor) % 64 == 0)
        let bytes = max(64, 4 * count)
        #expect(pool.statistics.live >= bytes)
        #expect(pool.statistics.live % 64 == 0)
        #expect(pool.statistics.live <= max(bytes + 63, bytes + bytes / 8))
      }
    }
  }

  @Test func keepsNoMoreIdleBytesThanItsLimit() {
    withPool(limit: 4096) { pool in
      withExtendedLifetime((0..<10).map { _ in Tensor.zeros([256]) }) {
        #expect(pool.statistics.live == 10 * 1024)
      }
      #expect(pool.statistics.live == 0)
      #expect(pool.statistics.idle == 4096)
      #expect(Tensor.zeros([2048]).count == 2048)
      #expect(pool.statistics.idle == 4096)
    }
  }

  @Test func aTensorOutlivesTheContextThatItWasMadeIn() {
    let tensor = withPool { _ in Tensor([1, 2, 3]) }
    #expect(tensor.scalars == [1, 2, 3])
  }

  @Test func manyTasksTakeAndGiveBackWithoutLoss() async {
    let pool = BufferPool(limit: 1 << 20)
    await ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      await withTaskGroup(of: Bool.self) { group in
        for task in 0..<8 {
          group.addTask {
            (0..<500).allSatisfy { round in
              let value = Float(task * 1000 + round)
              let tensor = Tensor(repeating: value, shape: [1 + (task * 7 + round) % 300])
              return tensor.scalars.allSatisfy { $0 == value }
            }
          }
        }
        for await isUntouched in group { #expect(isUntouched) }
      }
    }
    #expect(pool.statistics.live == 0)
    #expect(pool.statistics.idle <= 1 << 20)
    #expect(pool.statistics.peak > 0)
  }
}
