import ArgumentParser
import Tessera

/// The network that a command times: one of the catalog with fresh weights, or that of a checkpoint.
struct TimedNetworkOptions: ParsableArguments {
  @Option(help: "\(NetworkName.choices).")
  var model: NetworkName?

  @Option(
    help: ArgumentHelp("Or the network of this checkpoint, trained or imported.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "The size of the pictures, such as 128 or 480x360. Default: 128, or the size that a checkpoint was trained at.",
      valueName: "size"))
  var size: ImageSize?

  @OptionGroup var options: NetworkOptions

  /// The classes of a named network unless others are asked for: those of ADE20K.
  private static let usualClasses = 151

  /// Where the network comes from, if that is a file, behind its name: ` of net.safetensors`.
  var source: String { checkpoint.map { " of \($0)" } ?? "" }

  func validate() throws {
    guard (model == nil) != (checkpoint == nil) else {
      throw ValidationError("name either a network (--model: \(NetworkName.choices)) or --checkpoint FILE")
    }
    if checkpoint != nil && !options.isEmpty {
      throw ValidationError("a network's options go with --model; a checkpoint knows its own")
    }
    if let model {
      try options.configuration(of: model, classes: Self.usualClasses).checkImageSize(size ?? 128, option: "--size")
    }
  }

  /// The network, what its outputs mean, and the size of the pictures.
  ///
  /// - Parameter classes: those of a named network.
  /// - Throws: what reading the checkpoint throws, or `ValidationError` for a size that its network cannot take.
  func load(classes: Int? = nil) throws -> SegmentationCheckpoint {
    if let checkpoint {
      let loaded = try SegmentationCheckpoint(contentsOf: checkpoint)
      let size = size ?? loaded.imageSize
      try loaded.model.configuration.checkImageSize(size, option: "--size")
      return SegmentationCheckpoint(model: loaded.model, labelSpace: loaded.labelSpace, imageSize: size)
    }
    guard let model else { throw ValidationError("name a network: \(NetworkName.choices)") }
    let configuration = try options.configuration(of: model, classes: classes ?? Self.usualClasses)
    let space = LabelSpace(names: (0..<configuration.classes).map { "class \($0)" }, void: 0)
    return SegmentationCheckpoint(model: configuration.makeModel(), labelSpace: space, imageSize: size ?? 128)
  }
}
