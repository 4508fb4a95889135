import Foundation
import TesseraImaging
import Testing

/// Calls `body` with an empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The words of a command line.
func arguments(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

/// Settings that make a run of well under a second.
let tinyRun =
  "--width 4 --image-size 32 --epochs 2 --steps-per-epoch 3 --batch-size 2 --validation-steps 1"
  .split(separator: " ").map(String.init)

/// The folder with example data beside the package, which is not part of it.
let sharedData = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data").path

let hasSharedData = FileManager.default.fileExists(atPath: sharedData)

/// All files below a folder, by their paths in it.
func files(in folder: String) throws -> Set<String> {
  let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
  return Set(
    paths.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder) && !isFolder.boolValue
    })
}

/// The same with one name for all event files, whose names have the time of day.
func filesOfRun(_ folder: String) throws -> Set<String> {
  Set(try files(in: folder).map { $0.replacing(/tfevents\..*/, with: "tfevents.*") })
}

/// The JSON objects of a text, one a line.
func objects(_ text: String) throws -> [[String: Any]] {
  try text.split(separator: "\n").map { line in
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(object as? [String: Any])
  }
}

func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

/// Writes `text` and the folders above it.
func write(_ text: String, to path: String) throws {
  let url = URL(filePath: path)
  try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(text.utf8).write(to: url)
}

/// A plain data set of `count` pictures of 20 x 12 pixels with two classes, left and right, and void (255) in the last
/// row.
func writeDataset(at folder: String, count: Int, masks: String = "masks") throws {
  let labels = LabelSpace(names: ["left", "right"], void: 255)
  let (width, height) = (20, 12)
  for part in ["images", masks] {
    try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
  }
  try write("left\nright\n", to: folder + "/classes.txt")
  for number in 0..<count {
    let indices = (0..<width * height).map { pixel -> UInt16 in
      pixel >= width * (height - 1) ? 255 : pixel % width < width / 2 ? 0 : 1
    }
    let mask = Mask(width: width, height: height, indices: indices, labelSpace: labels)
    // No two pictures are the same.
    var pixels = mask.colored.pixels
    pixels[0] = UInt8(number)
    try Image(width: width, height: height, channels: 3, pixels: pixels).write(to: "\(folder)/images/\(number).png")
    try mask.write(to: "\(folder)/\(masks)/\(number).png")
  }
}
