import Foundation
import TesseraImaging
import TesseraLayers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors

/// What surrounds an exported network: its input with the weights' normalization, its result, and the descriptions of
/// both.
struct SegmentationSurroundings {
  var builder = GraphBuilder()
  private let options: ONNXOptions
  private let checkpoint: SegmentationCheckpoint

  init(_ options: ONNXOptions, _ checkpoint: SegmentationCheckpoint) {
    self.options = options
    self.checkpoint = checkpoint
  }

  private var space: LabelSpace { checkpoint.labelSpace }
  private var normalization: ImageNormalization { checkpoint.model.normalization }

  /// The channel of the pixels that each of the network's channels is; `nil` if they are the same.
  private var order: [Int]? {
    options.pixels != .normalized && normalization.order == .bgr ? [2, 1, 0] : nil
  }

  /// Adds what leads from pixels to normalized pictures, channels first.
  ///
  /// - Parameter ordersByFilters: whether the network's first filters can take channels in the pixels' order.
  /// - Returns: the pictures' name and, if the orders differ, which of their channels each of the network's is.
  mutating func addInput(orderingByFilters ordersByFilters: Bool) -> (name: String, order: [Int]?) {
    var value = "image"
    if options.layout == .nhwc {
      value = builder.add("Transpose", [value], name: "image/nchw", ["perm": .integers([0, 3, 1, 2])])
    }
    guard options.pixels != .normalized else { return (value, nil) }
    if let order, !ordersByFilters {
      // A filter of ones and zeros: every reader understands it.
      let identity = Tensor((0..<9).map { $0 % 4 == 0 ? 1 : 0 }, shape: [1, 1, 3, 3])
      let filter = builder.constant(
        "normalization/order", identity.reorderingInputs(order).transposed([3, 2, 0, 1]))
      value = builder.add(
        "Conv", [value, filter], name: "normalization/channels", ["kernel_shape": .integers([1, 1])])
    }
    // Means and deviations are in 0...255, and in the network's order.
    let scale: Float = options.pixels == .unit ? 255 : 1
    let channels = { [order = ordersByFilters ? order : nil] (values: [Float]) -> Tensor in
      let vector = Tensor(values, shape: [1, 1, values.count, 1])
      return (order.map(vector.reorderingInputs) ?? vector).reshaped(to: [values.count, 1, 1])
    }
    let factors = normalization.deviation.map { scale / $0 }
    let means = normalization.mean.map { $0 / scale }
    if means.contains(where: { $0 != 0 }) {
      let mean = builder.constant("normalization/mean", channels(means))
      value = builder.add("Sub", [value, mean], name: "normalization/centered")
    }
    if factors.contains(where: { $0 != 1 }) {
      let factor = builder.constant("normalization/factor", channels(factors))
      value = builder.add("Mul", [value, factor], name: "normalization/scaled")
    }
    return (value, ordersByFilters ? order : nil)
  }

  /// Adds what leads from logits, channels first, to the result, whose name is what it holds.
  mutating func addResult(of logits: String) {
    var value = logits
    switch options.result {
    case .logits: break
    case .probabilities: value = builder.add("Softmax", [value], name: "probabilities/nchw", ["axis": .integer(1)])
    case .classes:
      if let void = space.voidOutput {
        // No score is lower, so void is never the largest.
        let lowest = (0..<space.outputCount).map { $0 == void ? -Float.greatestFiniteMagnitude : 0 }
        let shut = builder.constant("classes/void", Tensor(lowest, shape: [lowest.count, 1, 1]))
        value = builder.add("Add", [value, shut], name: "classes/scores")
      }
      value = builder.add("ArgMax", [value], name: "classes/outputs", ["axis": .integer(1), "keepdims": .integer(0)])
      if space.outputCount != space.count {
        let table = builder.constant("classes/indices", space.outputs)
        value = builder.add("Gather", [table, value], name: "classes/mask", ["axis": .integer(0)])
      }
    }
    if options.result != .classes && options.layout == .nhwc {
      value = builder.add("Transpose", [value], name: "result/nhwc", ["perm": .integers([0, 2, 3, 1])])
    }
    builder.rename(value, to: options.result.rawValue)
  }

  /// The finished graph with the shapes of input and result.
  func graph(named name: String) -> Onnx_GraphProto {
    let batch = options.batch.map(GraphBuilder.Length.fixed) ?? .open("batch")
    let height = options.size.map { .fixed($0.height) } ?? GraphBuilder.Length.open("height")
    let width = options.size.map { .fixed($0.width) } ?? GraphBuilder.Length.open("width")
    func lengths(_ channels: Int) -> [GraphBuilder.Length] {
      options.layout == .nchw ? [batch, .fixed(channels), height, width] : [batch, height, width, .fixed(channels)]
    }
    return builder.finished(
      name: name, input: .init("image", .float, lengths(normalization.channels), inputDescription),
      output: options.result == .classes
        ? .init(options.result.rawValue, .int64, [batch, height, width], resultDescription)
        : .init(options.result.rawValue, .float, lengths(space.outputCount), resultDescription))
  }

  private var inputDescription: String {
    let multiple = checkpoint.model.sizeMultiple
    let sides = "; height and width are multiples of \(multiple)"
    let channels = normalization.channels == 3 ? "red, green, blue" : "\(normalization.channels) channels"
    // 0...65535 becomes 0...255, too.
    return switch options.pixels {
    case .bytes: "\(channels) in 0...255" + (normalization.channels == 3 ? "" : ", of 16 bits divided by 257") + sides
    case .unit: "\(channels) in 0...1" + sides
    case .normalized: "pixels as metadata_props' normalization makes them of 0...255" + sides
    }
  }

  private var resultDescription: String {
    switch options.result {
    case .logits: "a score for each of metadata_props' outputs, which are indices of its classes"
    case .probabilities: "the softmax of the scores of metadata_props' outputs, which are indices of its classes"
    case .classes: "the class with the largest score, void passed over; see metadata_props' classes"
    }
  }

  /// How pictures become what the network was trained on, where they are not just scaled.
  private var framingDescription: String {
    switch checkpoint.framing {
    case .stretch: ""
    case .pad:
      ", in whose upper left corner pictures lie that were scaled with their shape until they fit; the rest is the "
        + "normalization's mean"
    case .crop(let scale):
      " of pictures at \(scale == 1 ? "" : "\(scale) times ")their own size, whose rest up to size_multiple is the "
        + "normalization's mean"
    }
  }

  /// What the file is, in two lines.
  var description: String {
    "\(checkpoint.model.configuration.name) for semantic segmentation, trained on "
      + "\(checkpoint.imageSize) pixels\(framingDescription).\nimage: \(inputDescription). \(options.result.rawValue): \(resultDescription)."
  }

  /// What is needed to use the network, JSON except for plain words and numbers.
  var metadata: [(key: String, value: String)] {
    func json(_ value: some Encodable) -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    let colors = space.classes.map { [$0.color.red, $0.color.green, $0.color.blue] }
    return [
      ("network", checkpoint.model.configuration.name), ("classes", json(space.classes.map(\.name))),
      ("palette", json(colors)), ("void", space.void.map { "\($0)" } ?? "none"), ("outputs", json(space.outputs)),
      ("pixels", options.pixels.rawValue),
      ("normalization", json(normalization)), ("layout", options.layout.rawValue),
      ("result", options.result.rawValue), ("size_multiple", "\(checkpoint.model.sizeMultiple)"),
      ("training_size", checkpoint.imageSize.text), ("framing", checkpoint.framing.description),
    ] + checkpoint.notes.sorted { $0.key < $1.key }.map { ("training.\($0.key)", $0.value) }
  }
}
