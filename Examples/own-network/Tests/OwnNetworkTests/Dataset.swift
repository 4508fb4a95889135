import Foundation
import Tessera

/// Makes a folder of synthetic scenes with masks and the names of their classes.
func makeDataset(in folder: URL) throws {
  let scenes = SyntheticScenes(count: 4, width: 40, height: 32)
  for part in ["images", "masks"] {
    try FileManager.default.createDirectory(at: folder.appending(path: part), withIntermediateDirectories: true)
  }
  for index in 0..<scenes.count {
    let sample = scenes.sample(at: index)
    try sample.image.write(to: folder.appending(path: "images/\(index).png").path)
    try sample.mask.write(to: folder.appending(path: "masks/\(index).png").path)
  }
  let names = scenes.labelSpace.classes.map { "\($0.name)\n" }.joined()
  try Data(names.utf8).write(to: folder.appending(path: "classes.txt"))
}
