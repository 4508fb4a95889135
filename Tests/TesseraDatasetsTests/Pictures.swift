import Foundation
import TesseraImaging

@testable import TesseraDatasets

extension TemporaryFolder {
  /// A palette PNG of the colors of `space`.
  func addPalette(_ name: String, width: Int = 8, height: Int = 6, values: [UInt16], space: LabelSpace = .voc) throws {
    let indices = (0..<width * height).map { values[$0 % values.count] }
    try addFolder((name as NSString).deletingLastPathComponent)
    try Mask(width: width, height: height, indices: indices, labelSpace: space).writeWithPalette(to: "\(path)/\(name)")
  }

  /// An RGB PNG whose pixels take `colors` in turn.
  func addColors(_ name: String, width: Int = 8, height: Int = 6, _ colors: [Color]) throws {
    let pixels = (0..<width * height).flatMap { place in
      let color = colors[place % colors.count]
      return [color.red, color.green, color.blue]
    }
    try addFolder((name as NSString).deletingLastPathComponent)
    try Image(width: width, height: height, channels: 3, pixels: pixels).write(to: "\(path)/\(name)")
  }

  /// The indices that occur in the masks of a split, by the pictures' names.
  func values(_ split: DatasetSplit, layout: DataLayout? = nil) throws -> [String: [Int]] {
    let dataset = try DatasetFolder(at: path, layout: layout).dataset(split)
    return Dictionary(
      uniqueKeysWithValues: try dataset.files.enumerated().map { index, files in
        (files.name, try dataset.mask(at: index).histogram.keys.sorted())
      })
  }

  /// The message of what opening the folder and reading one of its splits throws, with DIR for the folder.
  func complaint(layout: DataLayout? = nil, _ split: DatasetSplit = .training) -> String {
    do {
      let dataset = try DatasetFolder(at: path, layout: layout).dataset(split)
      _ = try DatasetSurvey(of: dataset)
      return "none"
    } catch {
      return "\(error)".replacingOccurrences(of: path, with: "DIR")
    }
  }
}
