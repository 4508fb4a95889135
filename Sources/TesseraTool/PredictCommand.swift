import ArgumentParser
import Foundation
import Tessera
import TesseraCommandLine

/// Writes the masks of pictures.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict the masks of pictures: NAME.mask.png (class indices), NAME.color.png, NAME.overlay.png.")

  @Option(help: ArgumentHelp("The trained network.", valueName: "file"))
  var checkpoint: String

  @Argument(help: ArgumentHelp("JPEG or PNG pictures.", valueName: "image"))
  var images: [String]

  @Option(help: ArgumentHelp("Where masks go; made where it is missing.", valueName: "dir"))
  var output: String

  @Option(help: "trained: at the training size; original: at the picture's own, in tiles.")
  var scale = ScaleName.trained

  func run() throws {
    let names = images.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent }
    let repeated = Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
    guard repeated.isEmpty else {
      throw ValidationError(
        "several pictures are called \(repeated.joined(separator: ", ")) and would overwrite each other's masks")
    }
    let missing = images.filter { !FileManager.default.fileExists(atPath: $0) }
    guard missing.isEmpty else { throw MissingFilesError(paths: missing) }
    let predictor = try Predictor(checkpoint: checkpoint, scale: scale.scale)
    try makeOutputFolder(output)
    for (path, name) in zip(images, names) {
      let image = try Image(contentsOf: path)
      let mask = predictor.mask(for: image)
      let base = "\(output)/\(name)"
      try mask.write(to: base + ".mask.png")
      try mask.colored.write(to: base + ".color.png")
      try mask.overlaid(on: image).write(to: base + ".overlay.png")
      print("\(base).mask.png")
    }
  }
}

/// Files that are named and do not exist: all of them.
struct MissingFilesError: Error, CustomStringConvertible, LocalizedError, Equatable {
  let paths: [String]

  var description: String { "there is no file \(paths.joined(separator: ", ")); check the path" }
  var errorDescription: String? { description }
}
