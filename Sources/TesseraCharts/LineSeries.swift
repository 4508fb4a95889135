/// A line of a chart.
public struct LineSeries: Sendable {
  /// Which of the chart's names it belongs to: decides color, dashes and marker, in every panel alike.
  public let index: Int
  /// In rising order of x. A value that is not finite interrupts the line.
  public let points: [ChartPoint]
  /// Drawn faintly behind it: what it is the mean of.
  public let raw: [ChartPoint]

  public init(index: Int, points: [ChartPoint], raw: [ChartPoint] = []) {
    self.index = index
    self.points = points
    self.raw = raw
  }
}
