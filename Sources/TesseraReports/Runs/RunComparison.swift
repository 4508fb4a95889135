import TesseraCharts

/// Runs whose curves are drawn over each other.
public struct RunComparison: Sendable {
  public let runs: [RunRecord]
  /// A name for each run.
  public let names: [String]
  /// What is drawn, one panel each.
  public let metrics: [RunMetric]
  /// How many runs there were to choose these from.
  public let total: Int

  /// - Parameters:
  ///   - runs: in the order in which they are listed.
  ///   - names: one for each run; the folders' names by default, with their parents' where they are the same.
  ///   - metrics: what all runs must have; `nil` for the usual ones that any run has.
  ///   - usual: those.
  ///   - total: how many runs there were to choose these from, if they are a part; by default there are no others.
  /// - Throws: `RunRecordError.lacksMetric`, `RunRecordError.noCommonMetric`.
  public init(
    _ runs: [RunRecord], names: [String]? = nil, metrics: [RunMetric]? = nil, usual: [RunMetric] = RunMetric.usual,
    chosenFrom total: Int? = nil
  ) throws(RunRecordError) {
    self.runs = runs
    self.total = max(runs.count, total ?? 0)
    let own = names ?? Self.names(of: runs)
    self.names = own
    let available = runs.map { run in RunMetric.allCases.filter { !$0.points(in: run).isEmpty } }
    let common = RunMetric.allCases.filter { metric in available.allSatisfy { $0.contains(metric) } }
    if common.isEmpty { throw .noCommonMetric(zip(own, available).map { (run: $0, metrics: $1) }) }
    for metric in metrics ?? [] where !common.contains(metric) {
      throw .lacksMetric(
        metric, runs: zip(own, available).filter { !$0.1.contains(metric) }.map(\.0), common: common)
    }
    self.metrics = metrics ?? usual.filter { metric in available.contains { $0.contains(metric) } }
  }

  /// The number of steps that a mean covers by default: a fortieth of the longest run, at most 50.
  public var usualWindow: Int { min(50, max(1, (runs.map(\.stepCount).max() ?? 0) / 40)) }

  /// The curves.
  ///
  /// - Parameter window: the number of steps that noisy values are averaged over, the values themselves faint behind; 1
  ///   for only the values.
  public func chart(smoothedOver window: Int) -> LineChart {
    let narrow = metrics.count { !$0.isPerStep }
    return LineChart(
      names: names,
      panels: metrics.map { metric in
        let isSmoothed = metric.isNoisy && window > 1
        let series = runs.enumerated().compactMap { index, run -> LineSeries? in
          let points = metric.points(in: run)
          if points.isEmpty { return nil }
          return LineSeries(
            index: index, points: isSmoothed ? points.smoothed(over: window) : points, raw: isSmoothed ? points : [])
        }
        return LinePanel(
          title: isSmoothed ? "\(metric.title), mean over \(window) steps" : metric.title,
          horizontalTitle: metric.isPerStep ? "step" : "epoch", series: series,
          isWide: metric.isPerStep || narrow == 1, marksPoints: !metric.isPerStep)
      })
  }

  private static func names(of runs: [RunRecord]) -> [String] {
    let short = runs.map(\.name)
    return Set(short).count == short.count ? short : runs.map(\.path)
  }
}
