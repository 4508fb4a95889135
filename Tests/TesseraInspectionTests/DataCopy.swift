import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraInspection
import TesseraScenes
import Testing

/// Where test data come from.
enum Corpus: String, CaseIterable, CustomTestStringConvertible {
  /// Drawn, so that they are everywhere.
  case scenes
  /// Real pictures in ../shared/data.
  case streets = "street-sample"
  case membranes = "membrane"
  case ade20k = "ade20k-sample"

  var testDescription: String { rawValue }

  private static let shared = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data").path

  /// Those that are there.
  static let present = allCases.filter {
    $0 == .scenes || FileManager.default.fileExists(atPath: "\(shared)/\($0.rawValue)")
  }

  fileprivate func write(to folder: String) throws {
    guard self == .scenes else {
      try FileManager.default.copyItem(atPath: "\(Self.shared)/\(rawValue)", toPath: folder)
      // The sample may be read-only.
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder) + [""] {
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder)
        try FileManager.default.setAttributes(
          [.posixPermissions: isFolder.boolValue ? 0o755 : 0o644], ofItemAtPath: "\(folder)/\(path)")
      }
      return
    }
    let scenes = SyntheticScenes(count: 20, width: 160, height: 120)
    for part in ["images/training", "images/validation", "masks/training", "masks/validation"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
    }
    for index in 0..<scenes.count {
      let sample = scenes.sample(at: index)
      let place = (index < 15 ? "training" : "validation") + "/scene-\(index + 10)"
      try sample.image.write(to: "\(folder)/images/\(place).jpg")
      try sample.mask.write(to: "\(folder)/masks/\(place).png")
    }
    let names = scenes.labelSpace.classes.map(\.name).joined(separator: "\n")
    try Data(names.utf8).write(to: URL(filePath: "\(folder)/classes.txt"))
  }
}

/// A copy of a data set that is damaged on purpose, and goes away with the value.
final class DataCopy {
  let folder: String
  let corpus: Corpus

  init(of corpus: Corpus) throws {
    self.corpus = corpus
    folder = FileManager.default.temporaryDirectory.appending(path: "inspected-\(UUID().uuidString)").path
    try corpus.write(to: folder)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The folder of masks.
  var masks: String { FileManager.default.fileExists(atPath: "\(folder)/masks") ? "masks" : "annotations" }

  /// A picture and its mask by their paths.
  typealias Pair = (image: String, mask: String)

  /// The pairs of the part that has most, in order.
  func pairs(_ split: String? = nil) throws -> [Pair] {
    let splits = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/images").sorted()
    let split = split ?? splits.first ?? ""
    return try FileManager.default.contentsOfDirectory(atPath: "\(folder)/images/\(split)").sorted().map { name in
      let stem = (name as NSString).deletingPathExtension
      return ("\(folder)/images/\(split)/\(name)", "\(folder)/\(masks)/\(split)/\(stem).png")
    }
  }

  func allPairs() throws -> [Pair] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/images").sorted().flatMap { try pairs($0) }
  }

  func mask(_ path: String) throws -> Mask {
    try Mask(numbersIn: [UInt8](Data(contentsOf: URL(filePath: path))), name: path)
  }

  /// Replaces masks by what `change` makes of them.
  func changeMasks(_ pairs: [Pair], _ change: (Mask) throws -> Mask) throws {
    for pair in pairs { try change(mask(pair.mask)).write(to: pair.mask) }
  }

  /// Replaces a picture's file by another under the extension given.
  func replaceImage(_ pair: Pair, by bytes: [UInt8], ending: String) throws {
    try FileManager.default.removeItem(atPath: pair.image)
    let path = (pair.image as NSString).deletingPathExtension + ".\(ending)"
    try Data(bytes).write(to: URL(filePath: path))
  }

  /// Inspects the folder as the command does.
  func inspection(
    imageSize: ImageSize = 128, void: VoidChoice = .layoutDefault, options: [(name: String, value: String)] = []
  ) throws -> DataInspection {
    let invocation = DataInvocation(program: "tessera", network: "unet", data: folder, options: options)
    return try DataInspection(invocation, seed: 1234, imageSize: imageSize) { unnamed, surveyor in
      try DatasetFolder(at: self.folder, void: void, surveyor: surveyor, unnamed: unnamed)
    }
  }
}

extension Mask {
  /// The same with other values.
  func mapped(_ change: (UInt16) -> UInt16) -> Mask {
    Mask(width: width, height: height, indices: indices.map(change), labelSpace: labelSpace)
  }

  /// The values as the brightness of a gray picture.
  var grays: Image { Image(width: width, height: height, channels: 1, pixels: indices.map { UInt8($0) }) }

  /// A mask of the brightness of a gray picture.
  init(grays image: Image) {
    self.init(
      width: image.width, height: image.height, indices: image.pixels.map(UInt16.init),
      labelSpace: LabelSpace(names: [], void: nil))
  }

  /// Moved to the right and down; the edge repeats.
  func moved(_ dx: Int, _ dy: Int) -> Mask {
    let moved = (0..<width * height).map { place in
      let (x, y) = (min(max(place % width - dx, 0), width - 1), min(max(place / width - dy, 0), height - 1))
      return indices[y * width + x]
    }
    return Mask(width: width, height: height, indices: moved, labelSpace: labelSpace)
  }

  /// Top for bottom.
  var upsideDown: Mask {
    let rows = (0..<height).reversed().flatMap { indices[$0 * width..<($0 + 1) * width] }
    return Mask(width: width, height: height, indices: rows, labelSpace: labelSpace)
  }
}
