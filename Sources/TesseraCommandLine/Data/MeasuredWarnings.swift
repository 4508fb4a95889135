import Tessera
import TesseraInspection

extension DataWarnings {
  /// Warnings of measured figures that mean nothing: over no pixel, or over one class.
  ///
  /// - Parameters:
  ///   - metrics: what was measured.
  ///   - labelSpace: that of the metrics.
  ///   - voidRemedy: how void is counted; if `nil`, what `--void none` does.
  package static func lines(
    measured metrics: SegmentationMetrics, labelSpace: LabelSpace, voidRemedy: String? = nil
  ) -> [String] {
    let void = voidRemedy.map { Self.void(of: labelSpace, remedy: $0) } ?? Self.void(of: labelSpace)
    let present = metrics.classes.filter { $0.pixels > 0 }
    if present.isEmpty { return ["no pixel is counted\(void): the figures say nothing"] }
    if present.count == 1 { return ["all counted pixels are \(present[0].name)\(void): the figures say nothing"] }
    return []
  }
}
