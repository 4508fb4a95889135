import Testing

@testable import TesseraTraining

@Suite struct ParameterDivisionTests {
  /// Long tensors, short ones, and more ranks than blocks.
  @Test(arguments: [[7], [3, 200_000, 1, 65_536], [5_000_000, 64, 65_537, 1_000_000, 12], []], [1, 2, 3, 8])
  func everyElementHasOneOwner(lengths: [Int], ranks: Int) {
    let division = ParameterDivision(of: lengths, among: ranks, bucketing: 1 << 21)
    #expect(division.buckets.flatMap(\.self).sorted() == Array(lengths.indices))
    for (tensor, length) in lengths.enumerated() {
      let ranges = division.owners(of: tensor).map { division.range(of: tensor, for: $0) }
      #expect(ranges.first?.lowerBound == 0 && ranges.last?.upperBound == length)
      for (range, next) in zip(ranges, ranges.dropFirst()) {
        #expect(range.upperBound == next.lowerBound && range.upperBound % 65_536 == 0, "a kernel's blocks stay whole")
      }
    }
  }

  /// The networks of the tests of bits travel in several buckets.
  @Test func smallNetworksHaveSeveralBuckets() {
    let lengths = tinyNetwork().parameters.map(\.shape.elementCount)
    let buckets = ParameterDivision(of: lengths, among: 3, bucketing: 500).buckets
    #expect(buckets.count > 4 && buckets.count < lengths.count)
    #expect(ParameterDivision(of: lengths, among: 3, bucketing: 1).buckets.count == lengths.count)
  }

  /// The last layers are exchanged first, and no rank has more than its share and a block of each bucket.
  @Test func workIsSpreadEvenly() {
    let lengths = [Int](repeating: 600_000, count: 20) + [10, 20, 30]
    let division = ParameterDivision(of: lengths, among: 4, bucketing: 1 << 21)
    #expect(division.buckets.count == 5 && division.buckets[0] == [22, 21, 20, 19, 18, 17, 16])
    for rank in 0..<4 {
      let owned = lengths.indices.reduce(0) { $0 + division.range(of: $1, for: rank).count }
      #expect(abs(owned - lengths.reduce(0, +) / 4) <= 5 * 65_536)
    }
  }
}
