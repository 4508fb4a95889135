import ArgumentParser
import Foundation
import Tessera

/// Times what a training step would wait for: reading, decoding, scaling, augmenting and stacking pictures.
struct BenchDataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-data", abstract: "Time reading a data set in batches.")

  @Option(help: ArgumentHelp("The data set's folder.", valueName: "dir"), completion: .directory)
  var data: String

  @OptionGroup var reading: DataOptions

  @Option(help: "training or validation.")
  var split = DatasetSplit.training

  @Option(help: ArgumentHelp("The size of training pictures, such as 128 or 480x360.", valueName: "size"))
  var imageSize: ImageSize = 128

  @Option(
    help: "How pictures get that size: stretch, pad, crop, or crop=0.5 at half their own size.",
    completion: .list(Framing.words), transform: optionValue)
  var framing = Framing.stretch

  @Option(help: ArgumentHelp("Pictures per batch.", valueName: "n"))
  var batch = 5

  @Option(
    help: "none, flip, standard, strong, or a list such as standard,rotate=10,cutmix; see docs/augmentation.md.",
    completion: .list(Augmentation.words), transform: optionValue)
  var augmentation = Augmentation.flip

  @Option(help: ArgumentHelp("Threads that read pictures.", valueName: "n"))
  var loaderThreads = 1

  @Option(
    help: ArgumentHelp("Keep scaled pictures in this folder. Default: none are kept.", valueName: "dir"),
    completion: .directory)
  var cache: String?

  @Option(help: ArgumentHelp("Timed runs, after one pass to warm up.", valueName: "n"))
  var runs = 5

  @Option(help: ArgumentHelp("Seconds per run.", valueName: "x"))
  var seconds = 0.5

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try requireOption("--batch", batch, in: 1...16_384)
    try requirePixels("--batch", batch, "--image-size", imageSize)
    try checkAugmentation(augmentation, with: framing)
    try requireOption("--loader-threads", loaderThreads, in: 1...1024)
    try requireOption("--runs", runs, in: 1...1_000_000)
    guard seconds > 0, seconds <= 3600 else {
      throw ValidationError("--seconds must lie in 0...3600 and not be 0; got \(seconds)")
    }
  }

  func run() async throws {
    let dataset = try source()
    let loader = DataLoader(
      dataset, batchSize: batch, imageSize: imageSize, framing: framing, augmentation: augmentation, steps: 1000,
      workers: loaderThreads)
    var batches = EndlessBatches(loader)
    for _ in 0...dataset.count / batch { _ = try await batches.next() }
    var rates: [Double] = []
    for _ in 0..<runs { rates.append(try await rate(of: &batches)) }
    let line = Line(
      augmentation: augmentation.rawValue, batch: batch, size: imageSize, threads: loaderThreads,
      picturesPerSecond: rates.sorted()[rates.count / 2], fastest: rates.max() ?? 0,
      peakMegabytes: ResourceUsage.current.peakMegabytes)
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      print(String(decoding: try encoder.encode(line), as: UTF8.self))
    } else {
      print(
        "\(augmentation.rawValue), batch \(batch), \(imageSize), \(loaderThreads) threads: "
          + String(
            format: "median %.0f pictures with masks per second, fastest %.0f, peak %.0f MB", line.picturesPerSecond,
            line.fastest, line.peakMegabytes))
    }
  }

  private func source() throws -> any SegmentationDataset {
    let folder = try DatasetFolder.open(
      data, reading.options(), void: .layoutDefault, surveyor: DataSurveyor(of: data))
    let files = try folder.dataset(split)
    if framing.pads && files.labelSpace.void == nil { throw TrainingDataError.noVoid(framing) }
    guard let cache else { return files }
    let size = augmentation.readSize(for: imageSize, framing: framing)
    return try cached(files, at: "\(cache)/\(folder.cacheName(split, scaledTo: size))", size: size)
  }

  /// Pictures a second over one run.
  private func rate(of batches: inout EndlessBatches) async throws -> Double {
    let start = ContinuousClock.now
    var (pictures, elapsed) = (0, Duration.zero)
    while elapsed < .seconds(seconds) {
      pictures += try await batches.next()?.names.count ?? 0
      elapsed = ContinuousClock.now - start
    }
    return Double(pictures) / (elapsed / .seconds(1))
  }

  /// The batches of one epoch after another.
  private struct EndlessBatches {
    private let loader: DataLoader
    private var epoch = 0
    private var iterator: DataLoader.Epoch.Iterator

    init(_ loader: DataLoader) {
      self.loader = loader
      iterator = loader.epoch(0).makeAsyncIterator()
    }

    mutating func next() async throws -> Batch? {
      if let batch = try await iterator.next() { return batch }
      epoch += 1
      iterator = loader.epoch(epoch).makeAsyncIterator()
      return try await iterator.next()
    }
  }

  private struct Line: Encodable {
    var peer = "tessera"
    let augmentation: String, batch: Int, size: ImageSize, threads: Int
    let picturesPerSecond: Double, fastest: Double, peakMegabytes: Double
  }
}
