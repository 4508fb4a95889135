/// The unused parts of a pool's segments: best fit; neighbors that become free merge.
///
/// A training step has a few hundred blocks, so plain arrays suffice.
struct FreeBlocks {
  private struct Block {
    let start: UInt
    let length: Int
    /// Where the block's segment starts: blocks of different segments never merge.
    let segment: UInt

    var end: UInt { start + UInt(length) }
  }

  /// Unused blocks by address.
  private var free: [Block] = []
  /// The segments of blocks in use, by address.
  private var segmentOfTaken: [UInt: UInt] = [:]
  /// Where the never-used part of each segment begins: the system has not yet provided its pages.
  private var freshStart: [UInt: UInt] = [:]

  /// Adds a new segment, all of it unused.
  mutating func add(segment: UInt, length: Int) {
    freshStart[segment] = segment
    insert(Block(start: segment, length: length, segment: segment))
  }

  /// Cuts `length` bytes from the smallest block that is large enough, the lowest of equals; `nil` if there is none.
  /// Bytes used before go first, so that fresh ones stay fresh as long as possible.
  ///
  /// - Returns: where the bytes start, and how many of them were never used before.
  mutating func take(_ length: Int) -> (start: UInt, fresh: Int)? {
    var best: (index: Int, length: Int, isFresh: Bool)?
    for (index, block) in free.enumerated() where block.length >= length {
      let isFresh = block.start + UInt(length) > freshStart[block.segment, default: 0]
      if let best, (best.isFresh ? 1 : 0, best.length) <= (isFresh ? 1 : 0, block.length) { continue }
      best = (index, block.length, isFresh)
    }
    guard let (best, _, isFresh) = best else { return nil }
    let block = free[best]
    let end = block.start + UInt(length)
    if block.length == length {
      free.remove(at: best)
    } else {
      free[best] = Block(start: end, length: block.length - length, segment: block.segment)
    }
    segmentOfTaken[block.start] = block.segment
    let fresh = isFresh ? Int(end - freshStart[block.segment, default: end]) : 0
    if isFresh { freshStart[block.segment] = end }
    return (block.start, fresh)
  }

  /// Returns a block obtained from `take`.
  mutating func giveBack(start: UInt, length: Int) {
    guard let segment = segmentOfTaken.removeValue(forKey: start) else {
      fail("FreeBlocks: a block was given back twice")
    }
    insert(Block(start: start, length: length, segment: segment))
  }

  /// Removes a segment; `nil` if part of it is in use.
  ///
  /// - Returns: how many of its bytes were used.
  mutating func remove(segment: UInt, length: Int) -> Int? {
    guard let index = free.firstIndex(where: { $0.start == segment && $0.length == length }) else { return nil }
    free.remove(at: index)
    return freshStart.removeValue(forKey: segment).map { Int($0 - segment) }
  }

  private mutating func insert(_ unused: Block) {
    var block = unused
    var (low, high) = (0, free.count)
    while low < high {
      let middle = (low + high) / 2
      if free[middle].start < block.start { low = middle + 1 } else { high = middle }
    }
    if low < free.count, free[low].start == block.end, free[low].segment == block.segment {
      block = Block(start: block.start, length: block.length + free[low].length, segment: block.segment)
      free.remove(at: low)
    }
    if low > 0, free[low - 1].end == block.start, free[low - 1].segment == block.segment {
      free[low - 1] = Block(
        start: free[low - 1].start, length: free[low - 1].length + block.length, segment: block.segment)
    } else {
      free.insert(block, at: low)
    }
  }
}
