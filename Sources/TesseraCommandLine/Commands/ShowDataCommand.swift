import ArgumentParser
import Foundation
import Tessera
import TesseraInspection
import TesseraPictures

/// A sheet of the first pictures that training would see, and what the data set holds.
struct ShowDataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show-data",
    abstract: "Draw a sheet of what training will see, and count pictures, sizes and classes.")

  @Argument(
    help: ArgumentHelp("The data set's folder. Default: built-in synthetic scenes.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @OptionGroup var reading: DataOptions

  @Option(help: "training or validation.")
  var split = DatasetSplit.training

  @Option(
    help:
      "none, flip (as training if nothing is said), standard, strong, or a list such as standard,rotate=10,cutmix; see docs/augmentation.md.",
    completion: .list(Augmentation.words), transform: optionValue)
  var augmentation = TrainingOptions().augmentation

  @Option(help: ArgumentHelp("The size of training pictures, such as 128 or 480x360.", valueName: "size"))
  var imageSize: ImageSize = 128

  @Option(
    help: "How pictures get that size: stretch, pad (the rest is void), crop, or crop=0.5 at half their own size.",
    completion: .list(Framing.words), transform: optionValue)
  var framing = Framing.stretch

  @Option(help: ArgumentHelp("Seed of order, augmentation, and what a flat folder holds out.", valueName: "n"))
  var seed: UInt64 = 1234

  @Option(help: ArgumentHelp("The mask value that is not a class, or 'none'. Default: the layout's.", valueName: "n"))
  var void: VoidChoice?

  @Option(help: ArgumentHelp("Pictures on the sheet: the first that training reads.", valueName: "n"))
  var count = 12

  @Option(
    help: ArgumentHelp("The sheet, a PNG or JPEG.", valueName: "file"),
    completion: .file(extensions: ["jpg", "jpeg", "png"]))
  var output = "samples.png"

  func validate() throws {
    try requireOption("--count", count, in: 1...1000)
    guard PictureFormat(fileName: output) != nil else {
      throw ValidationError("--output must end in .png, .jpg or .jpeg; got \(output)")
    }
    try checkAugmentation(augmentation, with: framing)
    if framing != .stretch && data == nil {
      throw ValidationError("--framing needs a data set: built-in scenes are drawn at the size of training pictures")
    }
  }

  func run() async throws {
    let source = try SampleSource(self)
    if framing.pads && source.dataset.labelSpace.void == nil { throw TrainingDataError.noVoid(framing) }
    let progress = CountingLine("counted", of: source.dataset.count)
    let survey = try source.survey(progress.show)
    let sheet = SampleSheet(
      of: try await entries(of: source.dataset), shares: survey.shares,
      title: "\(source.name): \(source.dataset.count) pictures",
      subtitle:
        "augmentation \(augmentation.rawValue), \(framing == .stretch ? "" : "framing \(framing), ")\(imageSize), seed \(seed); shares of all pixels"
    )
    try sheet.image.write(to: output)
    print(SurveyReport(survey, name: source.name, labelSpace: source.dataset.labelSpace).text)
    if let layout = source.layout { print("layout: \(layout)") }
    print("wrote \(output)")
    let warnings = DataWarnings(
      [(split.rawValue, survey)], labelSpace: source.dataset.labelSpace, namesClasses: source.namesClasses)
    for line in source.leftOut + warnings.lines { Notice.warning.write(line) }
  }

  /// The first samples of the order in which a run with this seed reads them.
  private func entries(of dataset: any SegmentationDataset) async throws -> [SampleSheet.Entry] {
    let loader = DataLoader(
      dataset, batchSize: 1, imageSize: imageSize, framing: framing, augmentation: augmentation, seed: seed,
      steps: count)
    var entries: [SampleSheet.Entry] = []
    for try await batch in loader.epoch(0) {
      let mask = Mask(
        width: imageSize.width, height: imageSize.height, indices: batch.masks.indices.map { UInt16($0) },
        labelSpace: dataset.labelSpace)
      entries.append(SampleSheet.Entry(name: batch.names[0], image: batch.shown(0), mask: mask))
    }
    return entries
  }
}

/// The data set that `show-data` shows, and how its masks are counted.
private struct SampleSource {
  let name: String
  let dataset: any SegmentationDataset
  let namesClasses: Bool
  /// Which pictures are not read and why, one sentence each.
  let leftOut: [String]
  /// How the data lie in their folder; `nil` if that need not be said.
  let layout: String?
  let survey: ((Int) -> Void) throws -> DatasetSurvey

  init(_ command: ShowDataCommand) throws {
    if let path = command.data {
      let options = try command.reading.options()
      let surveyor = DataSurveyor(of: path, and: options.addData)
      let folder = try DatasetFolder.open(path, options, void: command.void ?? .layoutDefault, surveyor: surveyor)
      let files = try folder.dataset(command.split, seed: command.seed)
      let title = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
      name = "\(title), \(command.split.rawValue)"
      dataset = files
      namesClasses = folder.namesClasses
      leftOut = try folder.leftOut().map(\.description) + folder.notes
      layout = folder.layoutLine(options)
      survey = { try DatasetSurvey(of: files, by: surveyor, progress: $0) }
    } else {
      let scenes = TrainingData.scenes(
        command.split, imageSize: command.imageSize, void: command.void ?? .layoutDefault, seed: command.seed)
      name = "built-in scenes, \(command.split.rawValue)"
      dataset = scenes
      namesClasses = true
      leftOut = []
      layout = nil
      survey = { try DatasetSurvey(of: scenes, progress: $0) }
    }
  }
}
