import TesseraCharts
import Testing

@Suite struct ChartPointTests {
  private func points(_ values: [Double]) -> [ChartPoint] {
    values.enumerated().map { ChartPoint(x: Double($0.offset), y: $0.element) }
  }

  @Test func smoothingTakesTheMeanAroundEachValueAndLessAtTheEnds() {
    let smooth = points([6, 0, 3, 9, 3, 0]).smoothed(over: 3)
    #expect(smooth == points([6, 3, 4, 5, 4, 0]))
    // A wide window never reaches over an end: a line stays a line.
    let line = points((0..<20).map { 2 * Double($0) + 1 })
    for (one, other) in zip(line.smoothed(over: 12), line) {
      #expect(one.x == other.x && abs(one.y - other.y) < 1e-12)
    }
    #expect(points([1, 5]).smoothed(over: 1) == points([1, 5]))
    #expect(points([]).smoothed(over: 5).isEmpty)
  }

  @Test func smoothingLeavesOutWhatIsNotFinite() {
    let smooth = points([1, .infinity, 3, 8, 1]).smoothed(over: 3)
    #expect(smooth[1].y == .infinity)
    #expect([0, 2, 3, 4].map { smooth[$0].y } == [1, 5.5, 4, 1])
  }

  @Test func aLongLineKeepsItsExtremes() {
    let spike = (0..<10_000).map { $0 == 5_003 ? 50.0 : $0 == 5_007 ? -50 : Double($0 % 7) }
    let thin = points(spike).thinned(toColumns: 100, over: 0...9_999)
    #expect(thin.count <= 4 * 101)
    #expect(thin.first == ChartPoint(x: 0, y: 0) && thin.last == ChartPoint(x: 9_999, y: Double(9_999 % 7)))
    #expect(thin.map(\.y).max() == 50 && thin.map(\.y).min() == -50)
    #expect(zip(thin, thin.dropFirst()).allSatisfy { $0.x < $1.x })
    let short = points(Array(spike.prefix(400)))
    #expect(short.thinned(toColumns: 100, over: 0...400) == short)
  }
}
