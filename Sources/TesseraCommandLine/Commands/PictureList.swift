import ArgumentParser
import Foundation
import Tessera
import TesseraFiles

/// The pictures that files and folders on a command line stand for.
struct PictureList {
  struct File {
    let path: String
    /// The name without folder and extension: what its masks are called.
    let name: String

    /// - Throws: `PictureListError.longName` if file systems take no name that is longer by an extension of predictions.
    func checkName() throws {
      let longest = PredictedFile.allCases.map(\.rawValue.utf8.count).max() ?? 0
      let room = Int(NAME_MAX) - longest
      if name.utf8.count > room { throw PictureListError.longName(path, room: room) }
    }
  }

  let files: [File]
  /// The paths at which there is nothing.
  let missing: [String]

  /// - Parameter paths: pictures, or folders whose pictures are taken in the order of their names; what `predict` wrote
  ///   is skipped, and so are pictures in subfolders.
  /// - Throws: `PictureListError`, also if none of the paths exists, or `ValidationError` if masks would overwrite each
  ///   other.
  init(_ paths: [String]) throws {
    let missing = paths.filter { !FileManager.default.fileExists(atPath: $0) }
    guard missing.count < paths.count else { throw PictureListError.missingFiles(missing) }
    self.missing = missing
    files = try paths.filter { !missing.contains($0) }.flatMap(Self.pictures).map { path in
      File(path: path, name: URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent)
    }
    let repeated = Dictionary(grouping: files, by: \.name).filter { $0.value.count > 1 }.keys.sorted()
    guard repeated.isEmpty else {
      let more = repeated.count > 5 ? " and \(repeated.count - 5) more names" : ""
      throw ValidationError(
        "several pictures are called \(repeated.prefix(5).joined(separator: ", "))\(more) and would overwrite each "
          + "other's masks")
    }
  }

  private static func pictures(at path: String) throws -> [String] {
    guard isFolder(path) else { return [path] }
    let contents: FolderContents
    do {
      contents = try FolderContents(of: path)
    } catch {
      throw PictureListError.unreadableFolder(path, reason: error.reason)
    }
    if let example = contents.unreadable.first {
      throw PictureListError.namesNotUTF8(path, count: contents.unreadable.count, example: example)
    }
    let pictures = contents.files.filter { name in
      !name.hasPrefix(".") && FileFormat(fileName: name)?.isRead == true
        && !PredictedFile.allCases.contains { name.hasSuffix($0.rawValue) }
    }
    guard !pictures.isEmpty else {
      let others = FileFormat.allCases.filter { format in
        !format.isRead && contents.files.contains { FileFormat(fileName: $0) == format }
      }
      throw PictureListError.noPictures(path, unread: others)
    }
    return pictures.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }
}

/// Why there is nothing to predict.
enum PictureListError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// All that are named and do not exist.
  case missingFiles([String])
  case unreadableFolder(String, reason: String)
  /// With the most bytes that it may have without its extension.
  case longName(String, room: Int)
  /// In the example each foreign byte is shown as `\xE9`.
  case namesNotUTF8(String, count: Int, example: String)
  /// With the formats of its pictures that only other builds of the program read.
  case noPictures(String, unread: [FileFormat])

  var description: String {
    switch self {
    case .missingFiles(let paths): "there is no file \(paths.joined(separator: ", ")); check the path"
    case .unreadableFolder(let path, let reason): "the folder \(path) cannot be read: \(reason)"
    case .longName(let path, let room):
      "\(path): the name is too long for files that are called after it; rename it to at most \(room) bytes before its "
        + "extension"
    case .namesNotUTF8(let path, let count, let example):
      "the folder \(path) holds \(count == 1 ? "a name that is" : "\(count) names that are") not UTF-8, such as "
        + "\(example); rename the files, for example by convmv -f latin1 -t utf8 -r --notest \(path)"
    case .noPictures(let path, let unread):
      "the folder \(path) holds no \(FileFormat.names) pictures"
        + unread.map { "; to read its \($0.rawValue) pictures, \($0.howToRead)" }.joined()
    }
  }
  var errorDescription: String? { description }
}
