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
      colors of the classes, the void index and the pixels it expects. A file that is there is replaced if export has \
      written it, and no other.
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
    try requireReplaceable(to, by: "export", ONNXModel.isWritten)
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
  /// - Throws: `ExportError` with all that must be known and is missing, or `ONNXError`.
  private func model(of network: SegmentationCheckpoint, _ options: ONNXOptions) throws -> ONNXModel {
    do throws(ONNXError) {
      return try ONNXModel(network, options: options)
    } catch {
      guard case .dependsOnSize = error, let needed = needed(for: network, options) else { throw error }
      throw needed
    }
  }

  /// What must be given besides the options, so that the network can be written; `nil` if nothing helps.
  private func needed(for network: SegmentationCheckpoint, _ options: ONNXOptions) -> ExportError? {
    let own = network.imageSize
    for (fixesSize, fixesBatch) in [(true, false), (false, true), (true, true)] {
      var complete = options
      if fixesSize && size == nil { complete.size = Extent(height: own.height, width: own.width) }
      if fixesBatch && batch == nil { complete.batch = 1 }
      if (try? ONNXModel(network, options: complete)) == nil { continue }
      return ExportError(
        network: network.model.configuration.name, size: options.size == complete.size ? nil : own,
        batch: options.batch == complete.batch ? nil : complete.batch)
    }
    return nil
  }
}

/// A network that cannot be written for all sizes or batches.
struct ExportError: Error, CustomStringConvertible, LocalizedError, Equatable {
  let network: String
  /// A size that it can be written for, if one must be given.
  let size: ImageSize?
  /// A number of pictures, likewise.
  let batch: Int?

  var description: String {
    let size = size.map { ("size", "--size \($0.text)") }
    let missing = [size, batch.map { ("number of pictures", "--batch \($0)") }].compactMap(\.self)
    return "\(network) can only be written for one \(missing.map(\.0).joined(separator: " and one ")): give "
      + missing.map(\.1).joined(separator: " ") + ", for example"
  }
  var errorDescription: String? { description }
}

extension ONNXOptions.Pixels: ExpressibleByArgument {}
extension ONNXOptions.Result: ExpressibleByArgument {}
extension ONNXOptions.Layout: ExpressibleByArgument {}
