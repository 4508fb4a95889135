import Foundation
import TesseraCharts
import Testing

@Suite struct TicksTests {
  @Test(arguments: [
    (0.0, 10.0, 5, ["0", "2", "4", "6", "8", "10"]),
    (1.2, 4.9, 5, ["1", "2", "3", "4", "5"]),
    (0.31, 0.38, 4, ["0.30", "0.32", "0.34", "0.36", "0.38"]),
    (-0.4, 0.3, 4, ["-0.4", "-0.2", "0", "0.2", "0.4"]),
    (0.0001, 0.001, 5, ["0", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"]),
    (0.0, 2e-6, 4, ["0", "5e-7", "1.0e-6", "1.5e-6", "2.0e-6"]),
    (0.0, 3e7, 3, ["0", "1e7", "2e7", "3e7"]),
    // One value: some room around it.
    (2.0, 2.0, 4, ["1.8", "1.9", "2.0", "2.1", "2.2"]),
    (0.0, 0.0, 4, ["-1.0", "-0.5", "0", "0.5", "1.0"]),
  ])
  func theyAreRoundAndCoverTheRange(low: Double, high: Double, count: Int, labels: [String]) {
    let ticks = Ticks(covering: low...high, atMost: count)
    #expect(ticks.values.map(ticks.label) == labels)
    #expect(ticks.range.lowerBound <= low + 1e-12 && ticks.range.upperBound >= high - 1e-12)
  }

  @Test(arguments: [
    (1.0, 50.0, 8, ["0", "10", "20", "30", "40", "50"]), (1.0, 2.0, 8, ["1", "2"]), (1.0, 1.0, 8, ["0", "1", "2"]),
    (1.0, 3.0, 8, ["1", "2", "3"]), (1.0, 1000.0, 6, ["0", "200", "400", "600", "800", "1000"]),
  ])
  func countsHaveWholeTicks(low: Double, high: Double, count: Int, labels: [String]) {
    let ticks = Ticks(covering: low...high, atMost: count, isCount: true)
    #expect(ticks.values.map(ticks.label) == labels)
  }

  @Test func thereAreNeverMoreThanAsked() {
    for exponent in -9...9 {
      for span in 1...40 {
        for count in 2...9 {
          let unit = pow(10, Double(exponent))
          let range = 3.7 * unit...(3.7 + Double(span) * 0.61) * unit
          let ticks = Ticks(covering: range, atMost: count)
          #expect(ticks.values.count <= count + 1 && ticks.values.count >= 2, "\(range), \(count): \(ticks.values)")
          #expect(ticks.range.lowerBound <= range.lowerBound && ticks.range.upperBound >= range.upperBound)
          #expect(Set(ticks.values.map(ticks.label)).count == ticks.values.count, "\(ticks.values.map(ticks.label))")
        }
      }
    }
  }

  /// Whatever numbers a range has.
  @Test func theyAreFewRisingAndFiniteForAllRanges() {
    let tiny = Double.leastNonzeroMagnitude
    let ends = [
      -Double.greatestFiniteMagnitude, -1e300, -1e17, -5, -1e-12, -tiny, 0, tiny, 1e9 * tiny, 1e-290, 1e-12, 1,
      1.0.nextUp,
      9_007_199_254_740_992, 1e17, 1e300, .greatestFiniteMagnitude,
    ]
    for (place, low) in ends.enumerated() {
      for high in ends[place...] {
        for isCount in [false, true] {
          let ticks = Ticks(covering: low...high, atMost: 4, isCount: isCount)
          let values = ticks.values
          #expect((2...5).contains(values.count) && values.allSatisfy(\.isFinite), "\(low)...\(high): \(values)")
          #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 }, "\(low)...\(high): \(values)")
          let area = PlotArea(x: 0, y: 0, width: 100, height: 100, horizontal: low...high, vertical: ticks.range)
          let path = area.path(through: [low, high, 0].map { ChartPoint(x: $0, y: $0) })
          #expect(!path.contains("n"), "\(low)...\(high): \(path)")
          #expect(values.map(ticks.label).allSatisfy { $0.count < 16 }, "\(values.map(ticks.label))")
        }
      }
    }
  }

  @Test func aLongLineOverARangeWithoutALengthEnds() {
    let points = (0..<2000).map { ChartPoint(x: 7, y: Double($0)) }
    #expect(points.thinned(toColumns: 100, over: 7...7) == [points[0], points[1999]])
  }
}
