/// The unused small buffers of a pool, one stack for each length: a step requests the same lengths again and again.
struct SmallBuffers {
  /// Lengths are multiples of 64 bytes below this.
  static let limit = 1 << 16
  private static let step = 64

  private var unused = [[UInt]](repeating: [], count: limit / step)

  /// The buffer of `length` bytes that was returned last; `nil` if there is none.
  mutating func take(_ length: Int) -> UInt? { unused[length / Self.step].popLast() }

  mutating func giveBack(_ buffer: UInt, length: Int) { unused[length / Self.step].append(buffer) }

  /// Removes and returns all unused buffers.
  mutating func removeAll() -> [(start: UInt, length: Int)] {
    var removed: [(UInt, Int)] = []
    for index in unused.indices {
      removed += unused[index].map { ($0, index * Self.step) }
      unused[index] = []
    }
    return removed
  }
}
