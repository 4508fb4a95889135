/// The folders of a data set, and what their files are called wherever the folders are.
struct DataFolders: Sendable {
  /// Empty if files are called by their paths.
  let root: String
  /// Those that are joined with it, in order.
  let others: [String]

  /// A file's path within the data set's folder; in the second of those joined with it, after `+2/`. `nil` for other
  /// files.
  func name(of path: String) -> String? {
    func within(_ folder: String) -> Substring? {
      !folder.isEmpty && path.hasPrefix(folder + "/") ? path.dropFirst(folder.count + 1) : nil
    }
    if let name = within(root) { return String(name) }
    return others.enumerated().lazy.compactMap { number, folder in within(folder).map { "+\(number + 1)/\($0)" } }.first
  }
}
