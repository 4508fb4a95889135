import TesseraTensors
import Testing

@Suite struct BufferPoolTests {
  /// Calls `body` so that the tensors it makes come from a pool of its own.
  func withPool<Result>(_ body: (BufferPool) throws -> Result) rethrows -> Result {
    let pool = BufferPool()
    return try ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) { try body(pool) }
  }

  // A tensor dies after its last use, so a test that needs one alive says so with `withExtendedLifetime`.

  @Test func theMemoryOfATensorThatDiedIsUsedAgain() {
    withPool { pool in
      let first = address(of: Tensor.zeros([100_000]))
      let second = Tensor.zeros([90_000])
      withExtendedLifetime(second) {
        #expect(address(of: second) == first)
        #expect(address(of: Tensor.zeros([90_000])) != first)
      }
    }
  }

  @Test func neighborsThatDiedMakeRoomForALargerTensor() {
    withPool { pool in
      var parts = (0..<4).map { _ in Tensor.zeros([50_000]) }
      let start = address(of: parts[0])
      // Freed out of order: with both neighbors in use, with the left one free, with both free.
      for index in [0, 2, 3, 1] { parts[index] = Tensor(0) }
      let large = Tensor.zeros([200_000])
      withExtendedLifetime((parts, large)) { #expect(address(of: large) == start) }
    }
  }

  @Test func theTightestGapIsUsedFirst() {
    withPool { pool in
      var parts = [60_000, 20_000, 30_000, 20_000].map { Tensor.zeros([$0]) }
      let gap = address(of: parts[2])
      parts[0] = Tensor(0)
      parts[2] = Tensor(0)
      let small = Tensor.zeros([25_000])
      withExtendedLifetime((parts, small)) { #expect(address(of: small) == gap) }
    }
  }

  @Test func countsLiveIdleAndPeakBytes() {
    withPool { pool in
      #expect(pool.statistics == .init())
      withExtendedLifetime([Tensor.zeros([16]), Tensor.zeros([32])]) {
        #expect(pool.statistics == .init(live: 192, peak: 192, idle: 0, requests: 2, misses: 2, used: 192))
      }
      #expect(pool.statistics == .init(live: 0, peak: 192, idle: 192, requests: 2, misses: 2, used: 192))
      let large = 400_000
      var segment = 0
      withExtendedLifetime(Tensor.zeros([large / 4])) {
        segment = pool.statistics.idle + large - 192
        #expect(pool.statistics.live == large)
        #expect(segment % (2 << 20) == 0)
        pool.releaseIdle()
        #expect(pool.statistics.idle == segment - large, "a segment in use stays")
      }
      #expect(pool.statistics == .init(live: 0, peak: large, idle: segment, requests: 3, misses: 3, used: large))
      pool.releaseIdle()
      #expect(pool.statistics == .init(live: 0, peak: large, idle: 0, requests: 3, misses: 3))
    }
  }

  @Test(arguments: [1, 100, 16_000, 16_384, 100_000]) func aRequestThatUsedMemoryServesIsNoMiss(count: Int) {
    withPool { pool in
      for round in 1...3 {
        withExtendedLifetime(Tensor.zeros([count])) { #expect(pool.statistics.misses == 1, "round \(round)") }
      }
      withExtendedLifetime([Tensor.zeros([count]), Tensor.zeros([count])]) {
        #expect(pool.statistics.misses == 2, "two at once need new memory")
      }
      pool.releaseIdle()
      withExtendedLifetime(Tensor.zeros([count])) { #expect(pool.statistics.misses == 3, "released memory is gone") }
      #expect(pool.statistics.requests == 6)
    }
  }

  @Test func usedMemoryGoesBeforeFreshMemory() {
    withPool { pool in
      let segment = 256 << 20
      // The first leaves a short fresh rest of the segment, the tighter fit for the last.
      var used = Tensor(shape: [segment / 8]) { _ in }
      let start = address(of: used)
      let filler = Tensor(shape: [segment / 8 - 100_000]) { _ in }
      used = Tensor(0)
      let misses = pool.statistics.misses
      let last = Tensor(shape: [90_000]) { _ in }
      withExtendedLifetime((filler, used)) {
        #expect(address(of: last) == start)
        #expect(pool.statistics.misses == misses)
      }
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
        #expect(pool.statistics.live < bytes + 64)
      }
    }
  }

  @Test func aTensorOutlivesTheContextThatItWasMadeIn() {
    let tensor = withPool { _ in Tensor([1, 2, 3]) }
    #expect(tensor.scalars == [1, 2, 3])
  }

  @Test func manyTasksTakeAndGiveBackWithoutLoss() async {
    let pool = BufferPool()
    await ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      await withTaskGroup(of: Bool.self) { group in
        for task in 0..<8 {
          group.addTask {
            (0..<200).allSatisfy { round in
              let value = Float(task * 1000 + round)
              let tensor = Tensor(repeating: value, shape: [1 + (task * 7 + round) % 300 * 100])
              return tensor.scalars.allSatisfy { $0 == value }
            }
          }
        }
        for await isUntouched in group { #expect(isUntouched) }
      }
    }
    #expect(pool.statistics.live == 0)
    #expect(pool.statistics.peak > 0)
  }
}
