import TesseraCharts
import TesseraReports
import Testing

@Suite struct RunComparisonTests {
  /// A run with a step for each loss and an epoch for each validation loss.
  private func run(_ path: String, losses: [Double], validation: [Double] = []) throws -> RunRecord {
    let steps = losses.enumerated().map { #"{"event":"step","step":\#($0.offset + 1),"loss":\#($0.element)}"# }
    let epochs = validation.enumerated().map {
      #"{"event":"epoch","epoch":\#($0.offset + 1),"validationLoss":\#($0.element)}"#
    }
    return try RunRecord(contentsOf: writeRun(path, metrics: (steps + epochs).map { $0 + "\n" }.joined()))
  }

  private func message(_ runs: [RunRecord], metrics: [RunMetric]? = nil) -> String {
    do {
      _ = try RunComparison(runs, metrics: metrics)
      return "none"
    } catch {
      return "\(error)"
    }
  }

  @Test func usualPanelsAreThoseThatAnyRunHas() throws {
    try withTemporaryFolder { folder in
      let runs = [
        try run(folder + "/a", losses: [3, 2], validation: [2.5]), try run(folder + "/b", losses: [4, 3]),
      ]
      let comparison = try RunComparison(runs)
      #expect(comparison.names == ["a", "b"] && comparison.metrics == [.loss, .validationLoss])
      let panels = comparison.chart(smoothedOver: 1).panels
      #expect(panels.map(\.title) == ["Training loss", "Validation loss"])
      #expect(panels.map(\.horizontalTitle) == ["step", "epoch"])
      #expect(panels[0].series.map(\.index) == [0, 1] && panels[1].series.map(\.index) == [0])
      #expect(panels[0].series[1].points == [ChartPoint(x: 1, y: 4), ChartPoint(x: 2, y: 3)])
      #expect(panels[0].series.allSatisfy { $0.raw.isEmpty })
      // Alone in its row it takes the whole of it.
      #expect(panels[1].isWide)
    }
  }

  @Test func smoothingKeepsTheStepsBehind() throws {
    try withTemporaryFolder { folder in
      let comparison = try RunComparison([
        try run(folder + "/a", losses: [3, 6, 0], validation: [1, 9, 2])
      ])
      let panels = comparison.chart(smoothedOver: 3).panels
      #expect(panels[0].title == "Training loss, mean over 3 steps")
      #expect(panels[0].series[0].points.map(\.y) == [3, 3, 0] && panels[0].series[0].raw.map(\.y) == [3, 6, 0])
      #expect(panels[1].series[0].points.map(\.y) == [1, 9, 2] && panels[1].series[0].raw.isEmpty)
    }
  }

  @Test(arguments: [(50, 1), (1_000, 25), (100_000, 50)]) func theUsualWindowGrowsWithTheRun(steps: Int, window: Int)
    throws
  {
    try withTemporaryFolder { folder in
      let record = try RunRecord(
        contentsOf: writeRun(folder + "/a", metrics: "{\"event\":\"step\",\"step\":\(steps),\"loss\":1}\n"))
      #expect(try RunComparison([record]).usualWindow == window)
    }
  }

  @Test func foldersOfTheSameNameAreToldApart() throws {
    try withTemporaryFolder { folder in
      let runs = [try run(folder + "/x/run", losses: [1]), try run(folder + "/y/run", losses: [1])]
      #expect(try RunComparison(runs).names == [folder + "/x/run", folder + "/y/run"])
    }
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    try withTemporaryFolder { folder in
      let whole = try run(folder + "/whole", losses: [1], validation: [2])
      let begun = try run(folder + "/begun", losses: [1])
      let empty = try run(folder + "/empty", losses: [])
      #expect(
        message([whole, begun], metrics: [.loss, .validationLoss])
          == "there is no validationLoss in begun; choose --metric among what all runs have: loss")
      #expect(
        message([whole, begun, empty])
          == "the runs have no metric in common: whole has loss, validationLoss, begun has loss, empty has none; "
          + "leave out runs that did not reach their first step")
      #expect(message([begun], metrics: [.loss]) == "none")
    }
  }
}
