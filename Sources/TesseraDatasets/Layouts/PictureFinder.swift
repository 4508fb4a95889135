import TesseraFiles

/// Finds the pictures that a file of outlines names.
struct PictureFinder {
  private let folders: [String]

  /// - Parameter folders: where pictures may be, the likeliest first; those that do not exist are left out.
  init(_ folders: [String]) {
    var seen: Set<String> = []
    self.folders = folders.filter { isFolder($0) && seen.insert($0).inserted }
  }

  /// The path of the first picture that there is under one of the names; names may have folders.
  func path(of names: [String]) -> String? {
    names.lazy.flatMap { name in folders.lazy.map { "\($0)/\(name)" } }.first(where: isFile)
  }

  /// Where it was looked for.
  var description: String { folders.map { "\($0)/" }.joined(separator: ", ") }
}

/// What a JSON file is, from its beginning.
enum JSONKind {
  case coco, labelme, labelStudio

  private static let length = 1 << 16

  /// `nil` if it is none of these.
  init?(of path: String) {
    guard let file = try? RegularFile(path), let bytes = try? file.bytes(from: 0, atMost: Self.length) else {
      return nil
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let start = text.first { !$0.isWhitespace }
    func holds(_ keys: String...) -> Bool { keys.contains { text.contains("\"\($0)\"") } }
    if start == "[", holds("annotations", "data") {
      self = .labelStudio
    } else if start == "{", holds("shapes") {
      self = .labelme
    } else if start == "{", holds("images", "categories", "annotations", "info", "licenses") {
      self = .coco
    } else {
      return nil
    }
  }

  /// The names of the JSON files in a folder, in ascending order, without hidden ones.
  static func names(in folder: String) -> [String] {
    (try? FolderContents(of: folder))?.files.filter { !$0.hasPrefix(".") && $0.lowercased().hasSuffix(".json") } ?? []
  }
}
