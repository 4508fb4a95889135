import Foundation
import TesseraImaging

/// One named thing to show of a step: a number, a picture or a distribution.
///
/// TensorBoard groups names by what stands before their first slash. Formats are those of TensorFlow 2's summaries: a
/// tensor, and the plug-in that shows it.
public struct EventSummary: Sendable {
  package let value: Tensorboard_Summary.Value

  init(
    _ tag: String, _ tensor: Tensorboard_TensorProto, plugin: String, content: Data = Data(),
    kind: Tensorboard_DataClass, description: String
  ) {
    var value = Tensorboard_Summary.Value()
    value.tag = tag
    value.tensor = tensor
    value.metadata.pluginData.pluginName = plugin
    value.metadata.pluginData.content = content
    value.metadata.dataClass = kind
    value.metadata.summaryDescription = description
    self.value = value
  }

  /// A point of a curve.
  ///
  /// - Parameters:
  ///   - tag: the chart.
  ///   - number: the value.
  ///   - description: shown beside the chart; Markdown.
  public static func scalar(_ tag: String, _ number: Float, description: String = "") -> EventSummary {
    let tensor = Tensorboard_TensorProto([number], type: .dtFloat, shape: [])
    return EventSummary(tag, tensor, plugin: "scalars", kind: .scalar, description: description)
  }

  /// A picture; those of several steps are shown with a slider.
  ///
  /// - Throws: `ImageError`.
  public static func image(_ tag: String, _ image: Image, description: String = "") throws -> EventSummary {
    let texts = ["\(image.width)", "\(image.height)"].map { Data($0.utf8) }
    var tensor = Tensorboard_TensorProto()
    tensor.dtype = .dtString
    tensor.stringVal = texts + [Data(try image.encoded(as: .png, name: tag))]
    tensor.tensorShape = Tensorboard_TensorShapeProto([tensor.stringVal.count])
    return EventSummary(tag, tensor, plugin: "images", kind: .blobSequence, description: description)
  }

  /// A distribution; those of several steps are drawn one behind another.
  public static func histogram(_ tag: String, _ histogram: Histogram, description: String = "") -> EventSummary {
    let rows = histogram.buckets.flatMap { [$0.lower, $0.upper, Double($0.count)] }
    let tensor = Tensorboard_TensorProto(rows, type: .dtDouble, shape: [histogram.buckets.count, 3])
    return EventSummary(tag, tensor, plugin: "histograms", kind: .tensor, description: description)
  }
}

extension Tensorboard_TensorProto {
  /// Numbers as they lie in memory, lowest byte first.
  init<Number: BinaryFloatingPoint>(_ numbers: [Number], type: Tensorboard_DataType, shape: [Int]) {
    self.init()
    dtype = type
    tensorShape = Tensorboard_TensorShapeProto(shape)
    tensorContent = numbers.withUnsafeBytes { Data($0) }
  }
}

extension Tensorboard_TensorShapeProto {
  init(_ lengths: [Int]) {
    self.init()
    dim = lengths.map { length in
      var dimension = Tensorboard_TensorShapeProto.Dim()
      dimension.size = Int64(length)
      return dimension
    }
  }
}
