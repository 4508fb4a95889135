import Foundation
import TesseraImaging
import TesseraNetworks

/// What the notes of a file say, if Tessera wrote it: `tessera export` describes pixels and classes there.
extension ONNXImport {
  /// What the graph's input expects of pixels; `nil` if the notes do not say it.
  public var normalization: ImageNormalization? {
    guard let own: ImageNormalization = decoded("normalization") else { return nil }
    return switch metadata["pixels"] {
    case "normalized": own
    // The graph does the rest itself.
    case "unit": .unit(channels: own.channels)
    case "bytes":
      ImageNormalization(
        mean: [Float](repeating: 0, count: own.channels), deviation: [Float](repeating: 1, count: own.channels))
    default: nil
    }
  }

  /// What the outputs mean; `nil` if the notes do not say it.
  public var labelSpace: LabelSpace? {
    guard let names: [String] = decoded("classes"), let palette: [[UInt8]] = decoded("palette"),
      let outputs: [Int] = decoded("outputs"), names.count == palette.count, palette.allSatisfy({ $0.count == 3 })
    else { return nil }
    let void = metadata["void"].flatMap { Int($0) }
    let hasVoidOutput = outputs.count == names.count
    guard hasVoidOutput || outputs.count == names.count - 1 && void.map(names.indices.contains) ?? false else {
      return nil
    }
    return LabelSpace(
      classes: zip(names, palette).map { name, color in
        LabelSpace.Class(name: name, color: Color(color[0], color[1], color[2]))
      }, void: void, hasVoidOutput: hasVoidOutput)
  }

  /// The size of the pictures that the network was trained on: what the notes say, or the only one that the input has.
  public var imageSize: ImageSize? {
    if let size = metadata["training_size"].flatMap({ ImageSize($0) }) { return size }
    guard let layout, let sides = sides(in: layout) else { return nil }
    return ImageSize("\(sides.width)x\(sides.height)")
  }

  private func decoded<Value: Decodable>(_ name: String) -> Value? {
    metadata[name].flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
  }
}
