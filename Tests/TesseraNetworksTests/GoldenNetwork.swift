import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// A network with the values that Keras computed for it (scripts/golden/README.md).
struct GoldenNetwork {
  let file: SafeTensors
  let model: any SegmentationModel
  let classes: Int

  private struct Description: Decodable {
    let model: String
    let width: Int
    let classes: Int
    let dropout: Float
    let head: String?
    let fullyConnectedWidth: Int?
  }

  /// The path of a file in Tests/Golden.
  static func path(_ name: String, file: String = #filePath) -> String {
    URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/\(name).safetensors").path
  }

  /// Opens `<name>.safetensors` and builds the network that it describes, with its weights.
  init(_ name: String) throws {
    file = try SafeTensors(contentsOf: Self.path(name))
    let text = try #require(file.metadata["network"])
    let description = try JSONDecoder().decode(Description.self, from: Data(text.utf8))
    classes = description.classes
    let random = RandomStream(seed: 77)
    if description.model == "UNet" {
      model = UNet(
        .init(classes: description.classes, width: description.width, dropout: description.dropout), random: random)
    } else {
      let head = description.fullyConnectedWidth.map { FCNN.Head.convolutionalized(width: $0) } ?? .original
      #expect((description.head == "original") == (head == .original))
      model = FCNN(
        .init(
          classes: description.classes, width: description.width, head: head, dropout: description.dropout),
        random: random)
    }
    try restoreWeights()
  }

  /// Sets the weights back to those that Keras started from.
  func restoreWeights() throws {
    let names = file.names.filter { $0.hasPrefix("weights/") }
    #expect(Set(names) == Set(model.namedParameters.map { "weights/" + $0.name }))
    for (name, parameter) in model.namedParameters { parameter.value = try file.tensor("weights/" + name) }
  }

  /// The masks of an array of labels, in a space whose void is 255 or nothing.
  func masks(_ name: String, void: Int?) throws -> MaskBatch {
    let labels = try file.tensor(name)
    let (height, width) = (labels.shape[1], labels.shape[2])
    let space = LabelSpace(names: (0..<classes).map { "class \($0)" }, void: void)
    let indices = labels.scalars.map { UInt16($0) }
    return MaskBatch(
      (0..<labels.shape[0]).map { image in
        Mask(
          width: width, height: height, indices: Array(indices[image * height * width..<(image + 1) * height * width]),
          labelSpace: space)
      })
  }

  /// Logits, loss and gradients of one pass over the golden input.
  func pass(_ masks: MaskBatch) throws -> (logits: Tensor, loss: PixelLoss, gradients: Gradients) {
    let tape = Tape()
    let logits = model(tape.input(try file.tensor("input")))
    let loss = crossEntropy(logits, masks)
    return (logits.value, loss, tape.gradients(of: loss.mean))
  }
}
