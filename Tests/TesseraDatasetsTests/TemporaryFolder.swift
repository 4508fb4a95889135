import Foundation
import TesseraImaging

/// A folder that goes away with the value that owns it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func addFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
  }

  func addText(_ name: String, _ text: String) throws {
    try addParent(of: name)
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  /// A picture in which every pixel of the image is `value`.
  func addImage(_ name: String, width: Int = 8, height: Int = 6, value: UInt8 = 100) throws {
    try addParent(of: name)
    let pixels = [UInt8](repeating: value, count: width * height * 3)
    try Image(width: width, height: height, channels: 3, pixels: pixels).write(to: "\(path)/\(name)")
  }

  /// A gray JPEG with EXIF orientation 6: upright it is `storedHeight` wide and `storedWidth` high.
  func addTurnedImage(_ name: String, storedWidth: Int, storedHeight: Int) throws {
    try addParent(of: name)
    let pixels = [UInt8](repeating: 80, count: storedWidth * storedHeight * 3)
    var bytes = try Image(width: storedWidth, height: storedHeight, channels: 3, pixels: pixels).encoded(as: .jpeg())
    let exif: [UInt8] =
      [0xFF, 0xE1, 0, 34] + Array("Exif".utf8) + [0, 0] + Array("MM".utf8)
      + [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
    bytes.insert(contentsOf: exif, at: 2)
    try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  /// A mask whose pixels take `values` in turn.
  func addMask(_ name: String, width: Int = 8, height: Int = 6, values: [UInt16] = [0, 1]) throws {
    try addParent(of: name)
    let indices = (0..<width * height).map { values[$0 % values.count] }
    try Mask(width: width, height: height, indices: indices, labelSpace: LabelSpace(names: [], void: nil))
      .write(to: "\(path)/\(name)")
  }

  private func addParent(of name: String) throws {
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: "\(path)/\(name)").deletingLastPathComponent(), withIntermediateDirectories: true)
  }
}
