/// The files of a run's folder that reports read and write.
enum RunFiles {
  static let configuration = "config.json"
  static let metrics = "metrics.jsonl"
  static let validation = "validation.jsonl"
  static let status = "status.json"
  static let pictures = "report-pictures.json"
  static let page = "report.html"
}
