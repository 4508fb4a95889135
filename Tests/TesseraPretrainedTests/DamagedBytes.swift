import TesseraTensors

extension [UInt8] {
  /// A copy with up to nine bytes changed, sometimes cut short.
  func damaged(by random: inout RandomStream) -> [UInt8] {
    var bytes = self
    // Heads, tables and pickles lie at the beginning and, in zip archives, at the end.
    let reach = [256, 4096, count][random.index(below: 3)]
    for _ in 0...random.index(below: 8) {
      let place = random.index(below: Swift.min(reach, count))
      let index = random.index(below: 4) == 0 ? count - 1 - place : place
      bytes[index] = [UInt8(truncatingIfNeeded: random.next()), 0, 0xFF, bytes[index] ^ 1][random.index(below: 4)]
    }
    if random.index(below: 8) == 0 { bytes.removeLast(random.index(below: count)) }
    return bytes
  }
}
