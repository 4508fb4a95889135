import Foundation
import TesseraFiles
import TesseraImaging
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// A network in the format of ONNX (version 17 of its operators), for other programs to run.
///
/// ```swift
/// let checkpoint = try SegmentationCheckpoint(contentsOf: "run/checkpoints/best.safetensors")
/// try ONNXModel(checkpoint).write(to: "street.onnx")   // image [batch, 3, height, width] -> logits
/// ```
/// The file's `metadata_props` hold what pixels it takes, its classes, their colors, and which index is void.
public struct ONNXModel: Sendable {
  package let message: Onnx_ModelProto

  /// The versions of the format and of its operators: those of 2022, which every current program reads.
  static let (formatVersion, operatorVersion) = (Int64(8), Int64(17))
  /// The program that files name as theirs.
  private static let producer = "Tessera"

  /// Translates a checkpoint's network with its normalization.
  ///
  /// - Throws: `ONNXError`.
  public init(_ checkpoint: SegmentationCheckpoint, options: ONNXOptions = ONNXOptions()) throws(ONNXError) {
    let model = checkpoint.model
    let multiple = model.sizeMultiple
    if let size = options.size {
      guard size.height > 0, size.width > 0, size.height % multiple == 0, size.width % multiple == 0 else {
        throw .size(size, multiple: multiple)
      }
    }
    if let batch = options.batch, batch < 1 { throw .batch(batch) }
    let size = options.size ?? Extent(multiple)
    // If sizes are open: a second pass at another size, with sides that differ, and far from the first: a number like the
    // larger of a side and 128 is the same for all small pictures.
    let other =
      options.size
      ?? Extent(
        height: max(2 * multiple, 544.rounded(upTo: multiple)), width: max(3 * multiple, 800.rounded(upTo: multiple)))
    let channels = model.normalization.channels
    let sizes = OpenSizes(
      of: [options.batch ?? 1, size.height, size.width, channels],
      and: [options.batch ?? 2, other.height, other.width, channels]
    ) { shape in model.graph(height: shape[1], width: shape[2], batch: shape[0]) }
    var surroundings = SegmentationSurroundings(options, checkpoint)
    let (input, order) = surroundings.addInput(orderingByFilters: sizes.graph.takesInputByFiltersAlone)
    var translation = GraphTranslation(of: sizes, input: input, order: order, in: surroundings.builder)
    let logits = try translation.run()
    surroundings.builder = translation.builder
    surroundings.addResult(of: logits)
    message = Self.message(
      graph: surroundings.graph(named: model.configuration.name), notes: surroundings.metadata,
      description: surroundings.description)
  }

  /// Translates any recorded pass, for inputs of the recorded shape only: `input` to `output`, channels first if the
  /// rank is 4.
  ///
  /// - Throws: `ONNXError`.
  public init(_ graph: NetworkGraph, name: String) throws(ONNXError) {
    var translation = GraphTranslation(of: OpenSizes(fixed: graph), input: "input", in: GraphBuilder())
    let result = try translation.run()
    translation.builder.rename(result, to: "output")
    func lengths(_ shape: Shape) -> [GraphBuilder.Length] {
      (shape.rank == 4 ? [0, 3, 1, 2] : Array(0..<shape.rank)).map { .fixed(shape[$0]) }
    }
    message = Self.message(
      graph: translation.builder.finished(
        name: name, input: .init("input", .float, lengths(graph.inputShape)),
        output: .init("output", .float, lengths(graph.nodes.last?.shape ?? graph.inputShape))),
      notes: [], description: "")
  }

  private static func message(
    graph: Onnx_GraphProto, notes: [(key: String, value: String)], description: String
  ) -> Onnx_ModelProto {
    var model = Onnx_ModelProto()
    model.irVersion = formatVersion
    var operators = Onnx_OperatorSetIdProto()
    operators.domain = ""
    operators.version = operatorVersion
    model.opsetImport = [operators]
    model.producerName = producer
    model.docString = description
    model.graph = graph
    model.metadataProps = notes.map { note in
      var entry = Onnx_StringStringEntryProto()
      entry.key = note.key
      entry.value = note.value
      return entry
    }
    return model
  }

  /// Whether a file is one of this type, by how it begins.
  package static func isWritten(at path: String) -> Bool {
    var beginning = Onnx_ModelProto()
    (beginning.irVersion, beginning.producerName) = (formatVersion, producer)
    guard let expected: [UInt8] = try? beginning.serializedBytes(), let file = try? RegularFile(path) else {
      return false
    }
    return (try? file.bytes(from: 0, atMost: expected.count)) == expected
  }

  /// The file's bytes.
  public var bytes: [UInt8] {
    get throws { try message.serializedBytes() }
  }

  /// Writes the file whole or not at all.
  ///
  /// - Throws: `FileError`; what was there before is then unchanged.
  public func write(to path: String) throws {
    let bytes = try bytes
    do throws(FileError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw FileError(path: path, reason: "cannot be written: \(error.reason). What was there before is unchanged.")
    }
  }
}
