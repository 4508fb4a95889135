import Foundation
import TesseraCharts
import TestSupport
import Testing

@Suite struct LineChartTests {
  private let area = PlotArea(x: 100, y: 10, width: 200, height: 50, horizontal: 0...4, vertical: 1...2)

  private func points(_ values: [Double]) -> [ChartPoint] {
    values.enumerated().map { ChartPoint(x: Double($0.offset), y: $0.element) }
  }

  private func svg(_ names: [String], _ series: [LineSeries]) -> String {
    LineChart(names: names, panels: [LinePanel(title: "Loss", horizontalTitle: "step", series: series)]).svg
  }

  @Test func aPathGoesThroughTheValuesPlaces() {
    #expect(area.path(through: points([1, 2, 1.5])) == "M100 60L150 10L200 35")
  }

  @Test func valuesThatAreNotFiniteInterruptThePath() {
    #expect(area.path(through: points([1, .nan, 2, 1.5, .infinity])) == "M100 60h.1M200 10L250 35")
    #expect(area.path(through: points([.nan])).isEmpty)
  }

  @Test func valuesFarOutsideStayNumbersThatViewersTake() {
    #expect(area.path(through: points([1, 1e300])) == "M100 60L150 -9990")
  }

  @Test func aLeapDoesNotFlattenTheRest() throws {
    let usual = (0..<100).map { 2 + Double($0 % 10) / 10 }
    #expect(VisibleRange(of: usual) == VisibleRange(of: [2, 2.9]))
    let leaping = usual + [300, 12]
    let range = try #require(VisibleRange(of: leaping))
    #expect(range.range.lowerBound == 2 && range.range.upperBound < 3.2 && range.largestOutside == 300)
    #expect(VisibleRange(of: []) == nil)
    // Two lines at different heights are no leap, nor is one value that differs from a constant.
    #expect(VisibleRange(of: [1, 1, 9, 9])?.range == 1...9)
    #expect(VisibleRange(of: [1, 1, 1, 9])?.range == 1...9)
    let text = svg(["a"], [LineSeries(index: 0, points: points(leaping))])
    #expect(text.contains(">outside: values up to 300</text>"))
    #expect(!svg(["a"], [LineSeries(index: 0, points: points(usual))]).contains("outside"))
  }

  @Test func markersAreSpreadAndNotAtTheSamePlacesForEveryLine() {
    let long = points((0..<1_000).map { Double($0) })
    let marked = (0..<3).map { area.marked(long, atMost: 8, line: $0).map(\.x) }
    for places in marked { #expect(Set(places).count == 8) }
    #expect(Set(marked[0]).isDisjoint(with: marked[1]) && Set(marked[1]).isDisjoint(with: marked[2]))
    // A log in which a step stands many times ends too.
    let same = Array(repeating: ChartPoint(x: 1, y: 2), count: 50)
    #expect(area.marked(same, atMost: 8, line: 1) == Array(same.prefix(8)))
    #expect(area.marked(points([1, .nan, 2]), atMost: 8, line: 0).map(\.x) == [0, 2])
  }

  @Test func everyLineHasItsOwnDashesAndMarkerInAllPanels() throws {
    let panel = LinePanel(
      title: "IoU", horizontalTitle: "epoch", series: [LineSeries(index: 2, points: points([1, 2]))], isWide: false,
      marksPoints: true)
    let chart = LineChart(
      names: ["a", "b", "c"],
      panels: [
        LinePanel(
          title: "Loss", horizontalTitle: "step",
          series: (0..<3).map { LineSeries(index: $0, points: points([1, 2, 3]), raw: points([1, 3, 2])) }), panel,
        panel,
      ])
    let paths = try Elements(chart.svg)["path"]
    let lines = paths.filter { $0["class"]?.hasPrefix("tc-line") == true }
    // A sample in the legend and a line in each panel.
    #expect(lines.count == 3 + 3 + 2)
    let dashes = Dictionary(grouping: lines) { $0["class"] ?? "" }.mapValues {
      Set($0.map { $0["stroke-dasharray"] ?? "" })
    }
    #expect(dashes.count == 3 && dashes.values.allSatisfy { $0.count == 1 })
    #expect(Set(dashes.values).count == 3)
    #expect(paths.count { $0["class"]?.hasPrefix("tc-raw") == true } == 3)
    #expect(Set((0..<5).map { Marker($0).path(x: 0, y: 0) }).count == 5)
  }

  @Test func colorsAreForLightAndDarkPagesAndNothingIsNamedTwice() throws {
    let text = svg(["a"], [LineSeries(index: 0, points: points([1, 2]))])
    #expect(text.contains("@media (prefers-color-scheme: dark){"))
    #expect(!text.contains(" id="))
    let root = try #require(try Elements(text)["svg"].first)
    #expect(root["width"] == "800" && root["viewBox"]?.hasPrefix("0 0 800 ") == true)
  }

  @Test func namesAreEscaped() throws {
    let text = svg(["<b> & \"c\" 'd' \u{1} é"], [LineSeries(index: 0, points: points([1, 2]))])
    #expect(text.contains("&lt;b&gt; &amp; &quot;c&quot; 'd' \u{FFFD} é"))
    #expect(!text.contains("<b>"))
    _ = try Elements(text)
  }

  @Test func onePointNoPointAndNoFinitePointAreDrawn() throws {
    for values in [[2.0], [], [.nan, .infinity], [.nan, 3]] {
      let text = svg(["a"], [LineSeries(index: 0, points: points(values))])
      let found = try Elements(text)
      #expect(!text.contains("nan") && !text.contains("inf"), "\(values)")
      let markers = found["path"].count { $0["class"]?.hasPrefix("tc-marker") == true }
      // One in the legend.
      #expect(markers == 1 + values.count { $0.isFinite })
      #expect(text.contains("no values") == !values.contains { $0.isFinite })
    }
  }

  @Test func theLegendWrapsAndCutsLongNames() throws {
    let names = (0..<9).map { "a run with a longer name, number \($0)" } + [String(repeating: "x", count: 200)]
    let text = svg(names, [LineSeries(index: 0, points: points([1, 2]))])
    #expect(text.contains(">\(String(repeating: "x", count: 47))…<"))
    let samples = try Elements(text)["path"].filter { $0["d"]?.hasSuffix("h34") == true }
    #expect(samples.count == 10)
    #expect(Set(samples.compactMap { $0["d"]?.split(separator: " ").last }).count >= 4)
  }

  /// Powers of ten are equally far apart; places at or below 0 are nowhere.
  @Test func aLogarithmicAxisHasPowersOfTenAndMarks() throws {
    let rates = [0, -1, 1e-6, 1e-5, 1e-4, 1e-3, 0.01].map { ChartPoint(x: $0, y: 1) }
    let panel = LinePanel(
      title: "Loss", horizontalTitle: "rate", series: [LineSeries(index: 0, points: rates)], isLogarithmic: true,
      marks: [.init(x: 1e-4, title: "here"), .init(x: 1e3, title: "outside")])
    let text = LineChart(names: ["a"], panels: [panel]).svg
    for label in ["1e-6", "1e-5", "0.0001", "0.001", "0.01"] { #expect(text.contains(">\(label)</text>")) }
    #expect(text.contains(">here</text>") && !text.contains(">outside</text>"))
    let line = try #require(text.firstMatch(of: #/tc-line tc-0"[^>]* d="M([0-9. L]+)"/#))
    let places = line.1.split(separator: "L").compactMap { Double($0.split(separator: " ")[0]) }
    try #require(places.count == 5)
    for (left, right) in zip(places, places.dropFirst()) {
      #expect(abs(right - left - (places[4] - places[0]) / 4) < 0.2)
    }
    #expect(text.contains("d=\"M\(places[2]) ") || text.contains("d=\"M\(Int(places[2])) "))
  }
}
