import Foundation

/// A path on the command line where nothing exists, and what is close to it.
struct MissingPath {
  /// The number of names in a folder that are looked at.
  private static let limit = 10_000
  let path: String

  /// A path that may have been meant instead.
  var suggestion: String? {
    var known = ""
    var parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)[...]
    if path.hasPrefix("/") { known = "/" }
    while let next = parts.first, exists(join(known, next)) {
      known = join(known, next)
      parts = parts.dropFirst()
    }
    guard let wrong = parts.first else { return nil }
    let names = Self.names(in: known.isEmpty ? "." : known).filter { !$0.hasPrefix(".") }
    if let name = Suggestion.nearest(to: wrong, in: names) {
      let candidate = parts.dropFirst().reduce(join(known, name), join)
      if exists(candidate) { return candidate }
      // The rest may be misspelled as well; one step of the way is suggested.
      return parts.count == 1 ? candidate : join(known, name)
    }
    // A file in a folder further down, as a run's checkpoints are. Where its folder is missing, or several have
    // one of this name, nobody knows which is meant.
    let found = parts.count == 1 ? names.map { join(join(known, $0), wrong) }.filter(exists) : []
    return found.count == 1 ? found[0] : nil
  }

  private static func names(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.count > limit ? [] : names.sorted()
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }
}
