/// A line of a chart.
public struct LineSeries: Sendable {
  /// The index of its name in the chart: decides color, dashes and marker, the same in every panel.
  public let index: Int
  /// In ascending order of x. A value that is not finite interrupts the line.
  public let points: [ChartPoint]
  /// Drawn faintly behind it: what it is the mean of.
  public let raw: [ChartPoint]

  public init(index: Int, points: [ChartPoint], raw: [ChartPoint] = []) {
    self.index = index
    self.points = points
    self.raw = raw
  }
}
