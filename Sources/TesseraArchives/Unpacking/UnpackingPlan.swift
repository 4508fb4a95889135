/// What an archive will unpack to, checked as a whole before the first byte is written.
///
/// Every path is relative, stays inside its folder and is unique, even on case-insensitive file systems.
struct UnpackingPlan: Equatable {
  /// The paths of folders, each after its parent, including those that only the paths of files name.
  private(set) var folders: [String] = []
  /// Where each entry goes, in the archive's order; `nil` for folders.
  private(set) var files: [String?] = []
  /// The claimed size of all files in bytes.
  private(set) var bytes = 0

  /// The path for each lowercase spelling.
  private var taken: [String: (path: String, isFolder: Bool)] = [:]

  /// - Parameters:
  ///   - archiveBytes: the length of the archive file.
  ///   - droppingTopFolder: whether to leave out the folder that holds everything, if there is one.
  /// - Throws: `ArchiveError.unsafeEntry`, `.collidingEntries`, `.tooLarge`.
  init(
    _ entries: [ArchiveEntry], of file: String, archiveBytes: Int, limits: UnpackingLimits, droppingTopFolder: Bool
  ) throws(ArchiveError) {
    guard entries.count <= limits.entries else {
      throw .tooLarge(file: file, reason: "it has \(entries.count) entries, more than \(limits.entries)")
    }
    let paths = try entries.map { entry throws(ArchiveError) in try Self.components(of: entry, in: file) }
    let dropped = droppingTopFolder && Self.haveTopFolder(entries, paths) ? 1 : 0
    for (entry, path) in zip(entries, paths) {
      try add(entry, at: Array(path.dropFirst(dropped)), in: file)
    }
    guard bytes <= limits.bytes else {
      throw .tooLarge(file: file, reason: "it would unpack to \(bytes) bytes, more than \(limits.bytes)")
    }
    // A short run of zeros is not an attack.
    guard bytes <= 1 << 20 || Double(bytes) <= Double(limits.ratio) * Double(archiveBytes) else {
      throw .tooLarge(
        file: file, reason: "\(archiveBytes) bytes would unpack to \(bytes), more than \(limits.ratio) per byte")
    }
  }

  private mutating func add(_ entry: ArchiveEntry, at components: [Substring], in file: String) throws(ArchiveError) {
    let isFolder = entry.kind == .folder
    for count in components.indices.map({ $0 + 1 }) {
      let isLast = count == components.count
      let path = components[..<count].joined(separator: "/")
      // String equality unifies the ways to write an accent; lowercasing unifies capital and small letters.
      let known = taken.updateValue((path, !isLast || isFolder), forKey: path.lowercased())
      guard let known else {
        if !isLast || isFolder { folders.append(path) }
        continue
      }
      let isSameFolder = known.isFolder && (!isLast || isFolder) && known.path.utf8.elementsEqual(path.utf8)
      guard isSameFolder else { throw .collidingEntries(file: file, entry: entry.path, other: known.path) }
    }
    files.append(isFolder ? nil : components.joined(separator: "/"))
    let (sum, overflows) = bytes.addingReportingOverflow(entry.size ?? 0)
    bytes = overflows ? Int.max : sum
  }

  /// Whether all paths begin with the same folder, and nothing else has its name.
  private static func haveTopFolder(_ entries: [ArchiveEntry], _ paths: [[Substring]]) -> Bool {
    guard let top = paths.first?.first else { return false }
    return zip(entries, paths).allSatisfy { entry, path in
      path[0].utf8.elementsEqual(top.utf8) && (path.count > 1 || entry.kind == .folder)
    }
  }

  private static func components(of entry: ArchiveEntry, in file: String) throws(ArchiveError) -> [Substring] {
    func refuse(_ reason: String) -> ArchiveError { .unsafeEntry(file: file, entry: entry.path, reason: reason) }
    let path = entry.path
    switch entry.kind {
    case .file, .folder: break
    case .symbolicLink, .hardLink, .special: throw refuse("it is a \(entry.kind.rawValue)")
    }
    guard !path.isEmpty else { throw refuse("it has no name") }
    guard !path.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw refuse("its name has control characters")
    }
    guard !path.hasPrefix("/") else { throw refuse("its path is absolute") }
    guard !path.contains("\\") else { throw refuse("its path has a backslash") }
    guard !path.dropFirst().hasPrefix(":") else { throw refuse("its path names a drive") }
    var components = path.split(separator: "/", omittingEmptySubsequences: false)
    if entry.kind == .folder && components.last == "" { components.removeLast() }
    guard !components.contains("..") else { throw refuse("its path leaves the folder") }
    guard !components.contains("") && !components.contains(".") else { throw refuse("its path has an empty part") }
    return components
  }
}

extension UnpackingPlan {
  static func == (left: Self, right: Self) -> Bool {
    left.folders == right.folders && left.files == right.files && left.bytes == right.bytes
  }
}
