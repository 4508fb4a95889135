import TesseraTensorBoard
import TesseraTensors
import Testing

@Suite struct HistogramTests {
  @Test(arguments: [1, 2, 7, 30]) func everyNumberCountsOnceInTheBucketThatHoldsIt(buckets: Int) {
    var random = RandomStream(seed: 4)
    let numbers = (0..<1000).map { _ in Float(Int(random.next() % 2001)) / 500 - 1.5 }
    let histogram = Histogram(of: Tensor(numbers), buckets: buckets)
    let (least, greatest) = (Double(numbers.min() ?? 0), Double(numbers.max() ?? 0))
    #expect(histogram.buckets.count == buckets)
    #expect(histogram.buckets.first?.lower == least && histogram.buckets.last?.upper == greatest)
    #expect(histogram.buckets.reduce(0) { $0 + $1.count } == 1000)
    for (index, bucket) in histogram.buckets.enumerated() {
      // A number on an edge may fall to either side of it by rounding.
      let slack = (greatest - least) * 1e-9
      let inside = numbers.count { Double($0) > bucket.lower + slack && Double($0) < bucket.upper - slack }
      let around = numbers.count { Double($0) >= bucket.lower - slack && Double($0) <= bucket.upper + slack }
      #expect((inside...around).contains(bucket.count), "bucket \(index)")
      if index > 0 { #expect(bucket.lower == histogram.buckets[index - 1].upper) }
    }
  }

  @Test func equalNumbersLieInTheLastBucket() {
    let histogram = Histogram(of: Tensor(repeating: 2.5, shape: [2, 3]))
    #expect(histogram.buckets.count == 30)
    #expect(histogram.buckets.allSatisfy { $0.lower == 2.5 && $0.upper == 2.5 })
    #expect(histogram.buckets.map(\.count) == [Int](repeating: 0, count: 29) + [6])
  }

  @Test func whatIsNoNumberIsLeftOut() {
    let histogram = Histogram(of: Tensor([.nan, 1, .infinity, 3, -.infinity]), buckets: 2)
    #expect(histogram.buckets.map { [$0.lower, $0.upper, Double($0.count)] } == [[1, 2, 1], [2, 3, 1]])
    for nothing in [Tensor([Float.nan]), .zeros([0])] {
      let bucket = Histogram(of: nothing, buckets: 1).buckets[0]
      #expect(bucket.lower == 0 && bucket.upper == 0 && bucket.count == 0)
    }
  }

  @Test func greatNumbersDoNotOverflow() {
    let limit = Float.greatestFiniteMagnitude
    let histogram = Histogram(of: Tensor([-limit, 0, limit]), buckets: 2)
    #expect(histogram.buckets.map(\.count) == [1, 2])
  }
}
