import Foundation
import TesseraFiles

/// Finds the pictures that a file of outlines names: in the data's folder, wherever names like `../../x.png` lead.
struct PictureFinder {
  private let folders: [String]
  private let root: String

  /// - Parameters:
  ///   - folders: where pictures may be, the likeliest first; those that do not exist are left out.
  ///   - root: the data's folder.
  init(_ folders: [String], within root: String) {
    var seen: Set<String> = []
    self.folders = folders.filter { isFolder($0) && seen.insert($0).inserted }
    self.root = Self.plain(root) + "/"
  }

  /// The path of the first picture that there is under one of the names; names may have folders.
  func path(of names: [String]) -> String? {
    names.lazy.flatMap { name in folders.lazy.map { "\($0)/\(name)" } }.first {
      isFile($0) && Self.plain($0).hasPrefix(root)
    }
  }

  /// A path without `..`.
  static func plain(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

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
    let text = String(decoding: bytes.dropFirst(RegularFile.byteOrderMarkLength(of: bytes)), as: UTF8.self)
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

  /// Why the first JSON file of a folder, or of `annotations/` in it, is none of these, after its name; `nil` if there
  /// is none.
  static func unknownFile(in folder: String) -> String? {
    let paths = ["", "annotations/"].flatMap { place in names(in: "\(folder)/\(place)").map { place + $0 } }
    guard let path = paths.first(where: { JSONKind(of: "\(folder)/\($0)") == nil }) else { return nil }
    do {
      _ = try JSONFile.decode(COCOFile.self, from: "\(folder)/\(path)")
      return nil
    } catch {
      return "\(path) is no file of COCO, labelme or Label Studio: \(error.problems[0])"
    }
  }

  /// The names of the JSON files in a folder, in ascending order, without hidden ones.
  static func names(in folder: String) -> [String] {
    (try? FolderContents(of: folder))?.files.filter { !$0.hasPrefix(".") && $0.lowercased().hasSuffix(".json") } ?? []
  }
}
