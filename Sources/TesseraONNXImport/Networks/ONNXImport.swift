import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraTensors

/// An ONNX file that was read, and what is known of it before it becomes a network.
///
/// ```swift
/// let imported = try ONNXImport(contentsOf: "model.onnx")
/// imported.layout                        // .nchw
/// let network = try imported.network(normalization: .torchvision)
/// network.configuration.classes          // 21
/// ```
/// What only chooses among scores at the end of the graph (the largest class, a softmax or sigmoid) is left out: a
/// segmentation network gives logits.
public struct ONNXImport: Sendable {
  /// The order of a picture's axes.
  public enum Layout: String, Sendable, CaseIterable {
    /// `[batch, channels, height, width]`.
    case nchw
    /// `[batch, height, width, channels]`.
    case nhwc
  }

  /// The notes of the file, such as the names of its classes.
  public let metadata: [String: String]
  /// The names of the file's outputs.
  public let outputs: [String]
  /// The output that is used.
  public let output: String
  /// The order of the input's axes; `nil` if the file's shapes fit both.
  public let layout: Layout?
  /// Whether pictures are bytes to the network, so that only their values 0...255 can be given to it.
  public let takesBytes: Bool
  /// What was left out at the end, by its operations' names: `ArgMax`, `Softmax`.
  public let leftOut: [String]
  private let path: String
  private let program: GraphProgram
  private let lengths: [Int?]

  /// - Parameters:
  ///   - path: the file.
  ///   - output: the name of the output with the scores; the first one by default.
  /// - Throws: `ONNXImportError` with everything that is wrong, or all operations that have no translation.
  public init(contentsOf path: String, output: String? = nil) throws(ONNXImportError) {
    self.path = path
    var graph = try ONNXGraph(contentsOf: path)
    outputs = graph.outputs.map(\.name)
    metadata = graph.metadata
    let name = output ?? outputs[0]
    guard let value = graph.outputs.first(where: { $0.name == name }) else {
      throw ONNXImportError("\(path): it has no output \(name); its outputs are \(outputs.joined(separator: ", "))")
    }
    self.output = name
    layout = Self.layout(of: graph.inputs.first?.lengths ?? [])
    let scores = graph.leaveOutChoice(before: name, layout)
    leftOut = scores.leftOut
    graph.prune(to: ONNXGraph.Value(name: scores.name, lengths: value.lengths, isNumeric: true))
    guard graph.inputs.count == 1 else {
      let names = graph.inputs.map(\.name).joined(separator: ", ")
      throw ONNXImportError(
        graph.inputs.isEmpty
          ? "\(path): its output \(name) does not follow from a picture"
          : "\(path): it takes \(graph.inputs.count) inputs (\(names)), and a segmentation network takes one picture")
    }
    let input = graph.inputs[0]
    guard input.lengths.count == 4, input.isNumeric else {
      throw ONNXImportError("\(path): its input \(input.name) is no picture of four axes")
    }
    (lengths, takesBytes) = (input.lengths, input.isBytes)
    do throws(ONNXImportError) {
      program = try GraphProgram(graph)
    } catch {
      throw error.found(in: path)
    }
  }

  /// Pictures have few channels and long sides.
  static func layout(of lengths: [Int?]) -> Layout? {
    guard lengths.count == 4 else { return nil }
    let (first, last) = (lengths[1], lengths[3])
    let isFirst = first.map { $0 <= 4 } ?? false
    let isLast = last.map { $0 <= 4 } ?? false
    return isFirst == isLast ? nil : isFirst ? .nchw : .nhwc
  }

  /// The lengths of the input's axes, as text: `[1, 3, ?, ?]`.
  package var inputShape: String { lengths.text }

  /// The weights that hold NaN or infinity: a network with them computes nothing.
  package var brokenWeights: [String] {
    program.weightNames.filter { name in
      guard case .floats(let tensor) = program.graph.constants[name] else { return false }
      return tensor.withUnsafeBufferPointer { values in values.contains { !$0.isFinite } }
    }.sorted()
  }

  /// The number of the picture's channels, if the file says it.
  public func channels(in layout: Layout) -> Int? { lengths[layout == .nchw ? 1 : 3] }

  /// The pictures' size, if the file names one.
  func sides(in layout: Layout) -> Extent? {
    let first = layout == .nchw ? 2 : 1
    guard let height = lengths[first], let width = lengths[first + 1] else { return nil }
    return Extent(height: height, width: width)
  }

  /// The network, with the file's weights.
  ///
  /// What the graph itself subtracts from pixels and divides them by at its beginning becomes part of the network's
  /// normalization.
  ///
  /// - Parameters:
  ///   - normalization: what the network expects of pixels; its channels are those of the pictures.
  ///   - layout: the order of the input's axes; needed if the file leaves it open.
  /// - Throws: `ONNXImportError` with the file and the node that cannot be computed.
  public func network(normalization: ImageNormalization, layout: Layout? = nil) throws(ONNXImportError) -> ONNXNetwork {
    do throws(ONNXImportError) {
      return try makeNetwork(normalization, layout)
    } catch {
      throw error.found(in: path)
    }
  }

  private func makeNetwork(
    _ normalization: ImageNormalization, _ layout: Layout?
  ) throws(ONNXImportError) -> ONNXNetwork {
    guard let layout = layout ?? self.layout else {
      throw ONNXImportError("its input \(inputShape) may have its channels first or last; say which (nchw or nhwc)")
    }
    let channels = channels(in: layout)
    guard channels == nil || channels == normalization.channels else {
      throw ONNXImportError("it takes \(channels ?? 0) channels, and the normalization has \(normalization.channels)")
    }
    let sides = layout == .nchw ? [lengths[2], lengths[3]] : [lengths[1], lengths[2]]
    if let side = sides.compactMap(\.self).first(where: { !ImageSize.sides.contains($0) }) {
      throw ONNXImportError(
        "its input \(inputShape) has a side of \(side); pictures have 1 to \(ImageSize.sides.upperBound) pixels")
    }
    var graph = program.graph
    let inside = graph.takeOutNormalization(after: normalization, channels: layout == .nchw ? 1 : 3)
    let program = inside == normalization ? program : try GraphProgram(graph)
    let search = SizeSearch(program, inside, isChannelsFirst: layout == .nchw)
    return try search.configuration(declared: sides).makeNetwork()
  }
}

extension [Int?] {
  /// `[1, 3, ?, ?]`.
  fileprivate var text: String { "[\(map { $0.map { "\($0)" } ?? "?" }.joined(separator: ", "))]" }
}
