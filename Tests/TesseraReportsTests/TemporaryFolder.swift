import Foundation

/// Calls `body` with an empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// Writes a run's folder.
@discardableResult
func writeRun(
  _ path: String, configuration: String? = "{}", metrics: String? = ""
) throws -> String {
  try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  for (name, text) in [("config.json", configuration), ("metrics.jsonl", metrics)] {
    if let text { try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)")) }
  }
  return path
}
