import TesseraCharts

/// The style of drawn networks, in addition to that of charts; classes begin with `tn-`.
enum DrawingStyle {
  static var rules: [String] {
    [
      ".tn-arrow{fill:none;stroke-linejoin:round}",
      ".tn-map,.tn-copy{stroke-width:1}.tn-plus{fill:none;stroke-width:1.5}",
      ".tn-copy{stroke-dasharray:3 2}",
    ] + colors(map: "#d6e4f7", edge: "#3f6ea8", copy: "#ffffff", heads: ChartStyle.colors.map(\.light))
      + ["@media (prefers-color-scheme: dark){"]
      + colors(map: "#24405f", edge: "#8fb8ea", copy: "#0d1117", heads: ChartStyle.colors.map(\.dark)) + ["}"]
  }

  private static func colors(map: String, edge: String, copy: String, heads: [String]) -> [String] {
    [
      ".tn-map{fill:\(map);stroke:\(edge)}.tn-copy{fill:\(copy);stroke:\(edge)}.tn-plus{stroke:\(edge)}"
    ] + heads.enumerated().map { ".tn-head.tc-\($0.offset){fill:\($0.element);stroke:none}" }
  }
}
