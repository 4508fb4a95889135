import TesseraAutograd
import TesseraKernels
import TesseraOptimizers

/// Which elements of each of several tensors belong to which rank, and in which groups they are exchanged.
///
/// It depends on lengths only, so all ranks find the same. Parts begin and end where kernels divide their work, so that
/// a kernel that runs over a part gives the bits of one that runs over the whole.
struct ParameterDivision {
  /// The tensors that are exchanged together, by their indices, in the order in which a backward pass finds them: that
  /// of the last layer first.
  let buckets: [[Int]]
  /// By tensor and rank; the ranges of a tensor cover it.
  private let ranges: [[Range<Int>]]

  /// - Parameters:
  ///   - lengths: of the tensors, in the order of a forward pass.
  ///   - bucketLength: what a bucket has at least, in elements, if there are so many.
  init(of lengths: [Int], among ranks: Int, bucketing bucketLength: Int) {
    var buckets: [[Int]] = []
    var length = bucketLength
    for index in lengths.indices.reversed() {
      if length >= bucketLength { (buckets, length) = (buckets + [[]], 0) }
      buckets[buckets.count - 1].append(index)
      length += lengths[index]
    }
    var ranges = lengths.map { _ in [Range<Int>](repeating: 0..<0, count: ranks) }
    for (number, bucket) in buckets.enumerated() {
      let total = bucket.reduce(0) { $0 + lengths[$1] }
      var before = 0
      for index in bucket {
        for start in stride(from: 0, to: lengths[index], by: summingGrain) {
          // Each bucket begins with another rank: where there are fewer blocks than ranks, all get their turn.
          let owner = ((before + start) * ranks / total + number) % ranks
          let end = min(start + summingGrain, lengths[index])
          let known = ranges[index][owner]
          ranges[index][owner] = known.isEmpty ? start..<end : known.lowerBound..<end
        }
        before += lengths[index]
      }
    }
    // Where nothing is trained, there is still a sum.
    (self.buckets, self.ranges) = (buckets.isEmpty ? [[]] : buckets, ranges)
  }

  /// The elements of a tensor that belong to a rank.
  func range(of tensor: Int, for rank: Int) -> Range<Int> { ranges[tensor][rank] }

  /// The number of blocks that kernels divide a rank's elements into.
  func blocks(of tensor: Int, for rank: Int) -> Int {
    (range(of: tensor, for: rank).count + summingGrain - 1) / summingGrain
  }

  /// The ranks that own some of a tensor, in the order of their elements.
  func owners(of tensor: Int) -> [Int] {
    ranges[tensor].indices.filter { !ranges[tensor][$0].isEmpty }.sorted {
      ranges[tensor][$0].lowerBound < ranges[tensor][$1].lowerBound
    }
  }

  /// A rank's parts of the parameters that were divided.
  func parts(of parameters: [Parameter], for rank: Int) -> ParameterParts {
    var parts = ParameterParts()
    for (index, parameter) in parameters.enumerated() { parts[parameter] = range(of: index, for: rank) }
    return parts
  }
}
