import Foundation
import TesseraFiles

/// A text file that names the pictures of a split, one a line.
///
/// A line is a name with or without folders and extension; of several words the first counts if the line as a whole
/// names no picture. Empty lines and those that begin with `#` are ignored.
public struct SplitList: Sendable, Equatable {
  /// The file.
  public let path: String
  /// The lines.
  public let lines: [String]

  private static let lengthLimit = 1 << 28

  /// - Throws: `DatasetError.unreadableList`.
  public init(contentsOf path: String) throws(DatasetError) {
    self.path = path
    do throws(FileError) {
      let text = try RegularFile.text(of: path, atMost: Self.lengthLimit)
      lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    } catch {
      throw .unreadableList(path, reason: error.reason)
    }
    if lines.isEmpty { throw .unreadableList(path, reason: "it names no picture") }
  }

  /// The pairs that the list names, in the order of `files`.
  ///
  /// - Throws: `DatasetError.unknownNames` with all lines that name none of them.
  func select(from files: [FolderDataset.Files], in folder: String) throws(DatasetError) -> [FolderDataset.Files] {
    var places: [String: [Int]] = [:]
    for (place, file) in files.enumerated() {
      for name in Set([file.name, Self.last(of: file.name)]) { places[name, default: []].append(place) }
    }
    var chosen: Set<Int> = []
    var unknown: [String] = []
    for line in lines {
      // The same last name in several folders needs more of the path.
      let found = Self.names(in: line).lazy.compactMap { places[$0] }.first { $0.count == 1 }
      if let found { chosen.formUnion(found) } else { unknown.append(line) }
    }
    if !unknown.isEmpty { throw .unknownNames(list: path, unknown, folder: folder) }
    return chosen.sorted().map { files[$0] }
  }

  /// What a line may mean, the most likely first.
  private static func names(in line: String) -> [String] {
    let word = line.split { $0 == " " || $0 == "\t" || $0 == "," }.first.map(String.init) ?? line
    return [line, word].flatMap { text in
      let stem = FolderListing.withoutEnding(text)
      return [text, stem, last(of: stem)]
    }
  }

  private static func last(of name: String) -> String { name.split(separator: "/").last.map(String.init) ?? name }
}
