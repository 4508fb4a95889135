/// The unused parts of a pool's segments: best fit, and neighbors that become free grow together.
///
/// A training step has some hundred blocks, so plain arrays serve.
struct FreeBlocks {
  private struct Block {
    let start: UInt
    let length: Int
    /// Where the block's segment starts: blocks of different segments never grow together.
    let segment: UInt

    var end: UInt { start + UInt(length) }
  }

  /// Unused blocks by address.
  private var free: [Block] = []
  /// The segments of blocks in use, by address.
  private var segmentOfTaken: [UInt: UInt] = [:]

  /// Cuts `length` bytes from the smallest block that has them, the lowest of equals; `nil` where none has.
  mutating func take(_ length: Int) -> UInt? {
    var best: Int?
    for index in free.indices where free[index].length >= length {
      if let known = best, free[known].length <= free[index].length { continue }
      best = index
    }
    guard let best else { return nil }
    let block = free[best]
    if block.length == length {
      free.remove(at: best)
    } else {
      free[best] = Block(
        start: block.start + UInt(length), length: block.length - length, segment: block.segment)
    }
    segmentOfTaken[block.start] = block.segment
    return block.start
  }

  /// Takes back a block that `take` gave.
  mutating func giveBack(start: UInt, length: Int) {
    guard let segment = segmentOfTaken.removeValue(forKey: start) else {
      fail("FreeBlocks: a block was given back twice")
    }
    give(start: start, length: length, segment: segment)
  }

  /// Adds an unused block.
  mutating func give(start: UInt, length: Int, segment: UInt) {
    var block = Block(start: start, length: length, segment: segment)
    var (low, high) = (0, free.count)
    while low < high {
      let middle = (low + high) / 2
      if free[middle].start < start { low = middle + 1 } else { high = middle }
    }
    if low < free.count, free[low].start == block.end, free[low].segment == segment {
      block = Block(start: block.start, length: block.length + free[low].length, segment: segment)
      free.remove(at: low)
    }
    if low > 0, free[low - 1].end == block.start, free[low - 1].segment == segment {
      free[low - 1] = Block(
        start: free[low - 1].start, length: free[low - 1].length + block.length, segment: segment)
    } else {
      free.insert(block, at: low)
    }
  }

  /// Removes the block that is exactly this; false where part of it is in use.
  mutating func remove(start: UInt, length: Int) -> Bool {
    guard let index = free.firstIndex(where: { $0.start == start && $0.length == length }) else { return false }
    free.remove(at: index)
    return true
  }
}
