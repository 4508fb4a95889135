import Foundation
internal import SystemPackage

/// The names in a folder as the system has them, hidden ones included, in ascending order.
package struct FolderContents: Sendable {
  /// Everything that is not a folder.
  package private(set) var files: [String] = []
  /// Folders, and links to folders.
  package private(set) var folders: [String] = []
  /// Names that are not UTF-8 and that no path can therefore name here, each foreign byte shown as `\xE9`.
  package private(set) var unreadable: [String] = []

  package init(of folder: String) throws(FileError) {
    func refusal() -> FileError { FileError(path: folder, reason: systemReason(of: Errno(rawValue: errno))) }
    guard let stream = opendir(folder) else { throw refusal() }
    defer { closedir(stream) }
    errno = 0
    while let entry = readdir(stream) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if let name = String(validating: bytes, as: UTF8.self) {
        if name != "." && name != ".." { add(name, of: folder, kind: Int(entry.pointee.d_type)) }
      } else {
        unreadable.append(Self.readable(bytes))
      }
      errno = 0
    }
    if errno != 0 { throw refusal() }
    files.sort()
    folders.sort()
    unreadable.sort()
  }

  private mutating func add(_ name: String, of folder: String, kind: Int) {
    // Some file systems do not report the kind, and a link counts as what it points to.
    let isFolder =
      kind == Int(DT_UNKNOWN) || kind == Int(DT_LNK) ? TesseraFiles.isFolder("\(folder)/\(name)") : kind == Int(DT_DIR)
    if isFolder { folders.append(name) } else { files.append(name) }
  }

  private static func readable(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let isPrintable = (0x20..<0x7F).contains(byte)
      let digits = String(byte, radix: 16, uppercase: true)
      return isPrintable ? String(UnicodeScalar(byte)) : "\\x\(digits.count < 2 ? "0" : "")\(digits)"
    }.joined()
  }
}
