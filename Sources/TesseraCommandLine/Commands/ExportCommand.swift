import ArgumentParser
import Foundation
import Tessera
import TesseraONNX

/// Writes a trained network as ONNX.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained network as ONNX, for other programs to run.",
    discussion: """
      The file takes 'image' and returns 'logits', 'probabilities' or 'classes'. Its metadata_props hold the names and \
      colors of the classes, the void index and the pixels it expects.
      """)

  @OptionGroup var trained: TrainedNetworkOptions

  @Option(help: ArgumentHelp("The file to write, NAME.onnx.", valueName: "file"))
  var to: String

  @Option(help: "bytes: RGB in 0...255; unit: RGB in 0...1; normalized: what the weights expect.")
  var pixels = ONNXOptions.Pixels.bytes

  @Option(help: "logits, probabilities, or classes: the mask itself, without void.")
  var result = ONNXOptions.Result.logits

  @Option(help: "nchw: channels first; nhwc: channels last.")
  var layout = ONNXOptions.Layout.nchw

  @Option(help: ArgumentHelp("Pictures per batch. Default: any number.", valueName: "n"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      "The pictures' size, such as 128 or 480x360 (width x height). Default: any multiple of the network's stride.",
      valueName: "size"))
  var size: ImageSize?

  func validate() throws {
    try trained.check()
    guard to.lowercased().hasSuffix(".onnx") else {
      throw ValidationError("--to must name a file that ends in .onnx; got \(to)")
    }
    try requireOption("--batch", batch ?? 1, in: 1...16_384)
  }

  func run() throws {
    let network = try trained.load().checkpoint
    let options = ONNXOptions(
      pixels: pixels, result: result, layout: layout, batch: batch,
      size: size.map { Extent(height: $0.height, width: $0.width) })
    try model(of: network, options).write(to: to)
    let count = batch.map { "\($0)" } ?? "batch"
    let sides = size.map { ["\($0.height)", "\($0.width)"] } ?? ["height", "width"]
    func shape(_ channels: Int) -> String {
      let lengths = layout == .nchw ? [count, "\(channels)"] + sides : [count] + sides + ["\(channels)"]
      return "[\(lengths.joined(separator: ", "))]"
    }
    let output =
      result == .classes ? "[\(([count] + sides).joined(separator: ", "))]" : shape(network.labelSpace.outputCount)
    print("\(to): image \(shape(network.model.normalization.channels)) -> \(result.rawValue) \(output)")
  }
}

extension ExportCommand {
  /// - Throws: `ExportError` if what must be known is missing, or `ONNXError`.
  private func model(of network: SegmentationCheckpoint, _ options: ONNXOptions) throws -> ONNXModel {
    do {
      return try ONNXModel(network, options: options)
    } catch ONNXError.dependsOnSize {
      throw ExportError(network: network.model.configuration.name, lacksSize: size == nil)
    }
  }
}

/// A network that cannot be written for all sizes or batches.
struct ExportError: Error, CustomStringConvertible, LocalizedError, Equatable {
  let network: String
  /// Whether the size is missing; otherwise the batch is.
  let lacksSize: Bool

  var description: String {
    "\(network) can only be written for one \(lacksSize ? "size: give --size" : "batch size: give --batch")"
  }
  var errorDescription: String? { description }
}

extension ONNXOptions.Pixels: ExpressibleByArgument {}
extension ONNXOptions.Result: ExpressibleByArgument {}
extension ONNXOptions.Layout: ExpressibleByArgument {}
