import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraNetworks
import TesseraTensors

/// A network that another program wrote as ONNX: a segmentation network like any other, which predicts, is measured,
/// trains and is saved in checkpoints.
///
/// ```swift
/// let imported = try ONNXImport(contentsOf: "model.onnx")
/// let network = try imported.network(normalization: .torchvision)
/// let logits = network(Variable(pictures))   // [batch, height, width, classes]
/// ```
/// The graph is followed node by node, on feature maps that stay channels-last. A score for each class at a fraction of
/// the picture's size, as SegFormer gives, is resized to the picture's.
public struct ONNXNetwork: SegmentationModel {
  public let configuration: Configuration
  /// The weights of the nodes that have some, in the graph's order.
  public let layers: [ONNXLayer]

  init(_ configuration: Configuration, layers: [ONNXLayer]) {
    (self.configuration, self.layers) = (configuration, layers)
  }

  /// Normalized pictures `[batch, height, width, channels]` -> logits `[batch, height, width, classes]`.
  public func callAsFunction(_ images: Variable) -> Variable {
    check(images)
    do throws(ONNXImportError) {
      return try logits(of: images)
    } catch {
      fail("ONNXNetwork: pictures \(images.shape): \(error)")
    }
  }

  /// - Throws: `ONNXImportError` with the node that cannot be computed for pictures of this shape.
  func logits(of images: Variable) throws(ONNXImportError) -> Variable {
    let size = images.shape.extent
    let layout = configuration.layout
    var pictures = images
    if let fixed = layout.size, fixed != size { pictures = resize(pictures, to: fixed, .bilinear) }
    var scores: Variable
    if layout.takesOnePicture && images.shape[0] > 1 {
      var each: [Variable] = []
      for index in 0..<images.shape[0] {
        each.append(try graphScores(of: pictures.sliced(index..<index + 1, along: 0)))
      }
      scores = concatenate(each, along: 0)
    } else {
      scores = try graphScores(of: pictures)
    }
    guard scores.shape[0] == images.shape[0] else {
      throw ONNXImportError("its output for \(images.shape[0]) pictures is of \(scores.shape[0])")
    }
    if scores.shape.extent != size { scores = resize(scores, to: size, .bilinear) }
    guard configuration.givesForeground else { return scores }
    // The background's logit is 0, so the softmax of both is the sigmoid of the foreground's.
    return concatenate([scores * 0, scores], along: -1)
  }

  /// What the graph gives for pictures of a size that it takes: `[batch, height, width, outputs]`.
  private func graphScores(of pictures: Variable) throws(ONNXImportError) -> Variable {
    let layout = configuration.layout
    let order = layout.isChannelsFirst ? ArrangedVariable.picture : [0, 1, 2, 3]
    let input = ArrangedVariable(pictures, order: order, isConstant: false)
    let output = try configuration.program.run(input, layers: layers)
    guard output.rank == 4 else {
      throw ONNXImportError("its output \(output.shape) is not a score for each class and pixel")
    }
    return output.arranged(layout.givesChannelsFirst ? ArrangedVariable.picture : [0, 1, 2, 3])
  }
}

extension ONNXNetwork {
  /// Whether pictures and scores of a graph have their channels first, and which sizes it takes.
  struct Layout: Sendable, Hashable, Codable {
    /// Whether pictures are `[batch, channels, height, width]`.
    var isChannelsFirst: Bool
    /// Whether scores are `[batch, classes, height, width]`.
    var givesChannelsFirst: Bool
    /// Whether the graph gives one number for each pixel, the foreground's logit.
    var isForeground: Bool
    /// The only height and width that the graph computes for; pictures are resized to it, and scores back. `nil` if it
    /// takes others.
    var fixedSize: [Int]?
    /// Whether the graph computes for one picture at a time.
    var takesOnePicture: Bool

    var size: Extent? { fixedSize.map { Extent(height: $0[0], width: $0[1]) } }
  }
}
