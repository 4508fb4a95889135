import Foundation
import TesseraReports
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
}
