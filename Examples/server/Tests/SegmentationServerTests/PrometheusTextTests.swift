import Testing

@testable import SegmentationServer

@Suite struct PrometheusTextTests {
  @Test func bucketsAreCumulative() {
    var histogram = TimeHistogram()
    for seconds in [0.001, 0.002, 0.07, 31] { histogram.record(seconds) }
    var text = PrometheusText()
    text.add("t", .histogram, "Times.", histogram.samples(label: #"stage="wait""#))
    let lines = text.text.split(separator: "\n").map(String.init)
    #expect(lines.prefix(2) == ["# HELP t Times.", "# TYPE t histogram"])
    #expect(
      lines.dropFirst(2) == [
        #"t_bucket{stage="wait",le="0.001"} 1.0"#, #"t_bucket{stage="wait",le="0.0025"} 2.0"#,
        #"t_bucket{stage="wait",le="0.005"} 2.0"#, #"t_bucket{stage="wait",le="0.01"} 2.0"#,
        #"t_bucket{stage="wait",le="0.025"} 2.0"#, #"t_bucket{stage="wait",le="0.05"} 2.0"#,
        #"t_bucket{stage="wait",le="0.1"} 3.0"#, #"t_bucket{stage="wait",le="0.25"} 3.0"#,
        #"t_bucket{stage="wait",le="0.5"} 3.0"#, #"t_bucket{stage="wait",le="1.0"} 3.0"#,
        #"t_bucket{stage="wait",le="2.5"} 3.0"#, #"t_bucket{stage="wait",le="5.0"} 3.0"#,
        #"t_bucket{stage="wait",le="10.0"} 3.0"#, #"t_bucket{stage="wait",le="30.0"} 3.0"#,
        #"t_bucket{stage="wait",le="+Inf"} 4.0"#, #"t_sum{stage="wait"} 31.073"#, #"t_count{stage="wait"} 4.0"#,
      ])
  }
}
