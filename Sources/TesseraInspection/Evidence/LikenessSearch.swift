/// Finds pictures that are the same, without comparing each with each.
///
/// Two hashes of 64 bits that differ in at most 3 agree in one of four quarters, so only pictures that share a quarter
/// are compared (Norouzi et al. 2012, arXiv:1307.2982). Where very many share one, as frames of a resting camera do,
/// each is compared with its neighbors in the order of hashes: the time grows with the number of pictures, not its
/// square.
struct LikenessSearch {
  /// A picture and an earlier one that is the same.
  struct Pair: Equatable {
    let first: Int
    let second: Int
    let isMirrored: Bool
  }

  private static let mostBits = 4
  /// More pictures with one quarter in common are not all compared.
  private static let crowd = 96

  /// For each picture that is the same as an earlier one, the first of these.
  static func pairs(_ likenesses: [PictureLikeness?]) -> [Pair] {
    var earliest: [Int: Pair] = [:]
    for isMirrored in [false, true] {
      for quarter in 0..<4 {
        var buckets: [UInt16: [(hash: UInt64, index: Int, isTurned: Bool)]] = [:]
        for (index, likeness) in likenesses.enumerated() {
          guard let likeness else { continue }
          func add(_ hash: UInt64, isTurned: Bool) {
            buckets[UInt16(truncatingIfNeeded: hash >> (16 * UInt64(quarter))), default: []].append(
              (hash, index, isTurned))
          }
          add(likeness.hash, isTurned: false)
          if isMirrored { add(likeness.mirroredHash, isTurned: true) }
        }
        for bucket in buckets.values where bucket.count > 1 {
          // The order of a dictionary is another one in each run, that in a bucket is not.
          let sorted = bucket.sorted {
            ($0.hash, $0.index, $0.isTurned ? 1 : 0) < ($1.hash, $1.index, $1.isTurned ? 1 : 0)
          }
          for place in sorted.indices {
            for other in sorted[(place + 1)...].prefix(crowd) {
              let one = sorted[place]
              guard one.index != other.index, one.isTurned != other.isTurned || !isMirrored,
                (one.hash ^ other.hash).nonzeroBitCount <= mostBits
              else { continue }
              let (first, second) = (min(one.index, other.index), max(one.index, other.index))
              if let known = earliest[second], known.first <= first { continue }
              guard let a = likenesses[first], let b = likenesses[second], a.isSame(as: b, isMirrored: isMirrored)
              else {
                continue
              }
              earliest[second] = Pair(first: first, second: second, isMirrored: isMirrored)
            }
          }
        }
      }
    }
    return earliest.values.sorted { $0.second < $1.second }
  }
}
