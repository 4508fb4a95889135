import ArgumentParser
import Foundation
import Tessera
import TesseraTerminal

/// Writes the masks of pictures.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict the masks of pictures: NAME.mask.png (class indices), NAME.color.png, NAME.overlay.png.",
    discussion: """
      A picture that does not exist or cannot be read is reported, the others are predicted, and the exit code is 1.
      """)

  @OptionGroup var trained: TrainedNetworkOptions

  @Argument(
    help: ArgumentHelp("Pictures (\(FileFormat.names)), or folders of them.", valueName: "image"),
    completion: .file(extensions: FileFormat.read.flatMap(\.endings)))
  var images: [String]

  @Option(
    help: ArgumentHelp("Folder for the masks; created if missing. Not needed with --preview.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(help: "Draw each picture and its mask in the terminal, with the classes found.")
  var preview = false

  @OptionGroup var prediction: PredictionOptions

  func validate() throws {
    try trained.check()
    if output == nil && !preview { throw ValidationError("give --output DIR for files, or --preview to look at masks") }
  }

  func run() throws {
    let pictures = try PictureList(images)
    let predictor = try prediction.predictor(for: try trained.load().checkpoint)
    if let output { try makeOutputFolder(output) }
    let progress = CountingLine("predicted", of: pictures.files.count)
    if !pictures.missing.isEmpty { Notice.error.write("\(PictureListError.missingFiles(pictures.missing))") }
    var hasFailed = !pictures.missing.isEmpty
    var seen = WholePictures(predictor)
    for (index, file) in pictures.files.enumerated() {
      progress.show(index)
      let pixels: Pixels
      do {
        if output != nil { try file.checkName() }
        pixels = try Pixels(contentsOf: file.path)
        try predictor.requireChannels(of: pixels, in: file.path)
      } catch {
        progress.clear()
        Notice.error.write("\(error)")
        hasFailed = true
        continue
      }
      let image = pixels.shown
      if let note = seen.note(on: image) {
        progress.clear()
        Notice.note.write(note)
        progress.show(index)
      }
      let mask = predictor.prediction(for: pixels) { progress.show(index, part: $0, of: $1, "tile") }.mask
      if let output { try write(mask, of: image, to: "\(output)/\(file.name)") }
      progress.clear()
      let terminal = Terminal.standardOutput
      if preview { print("\(terminal.shown(file.path))\n\(PredictionPreview(image, mask).text)\n") }
      if let output { print(terminal.shown("\(output)/\(file.name).mask.png")) }
    }
    if hasFailed { throw ExitCode.failure }
  }

  private func write(_ mask: Mask, of image: Image, to base: String) throws {
    try mask.write(to: base + PredictedFile.mask.rawValue)
    try mask.colored.write(to: base + PredictedFile.color.rawValue)
    try mask.overlaid(on: image).write(to: base + PredictedFile.overlay.rawValue)
  }
}

/// The extensions of the files written for a picture.
enum PredictedFile: String, CaseIterable {
  case mask = ".mask.png"
  case color = ".color.png"
  case overlay = ".overlay.png"
}
