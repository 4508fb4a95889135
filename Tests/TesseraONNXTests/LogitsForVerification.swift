import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// Writes Tessera's logits for scripts/verify/onnx_export.py, which compares them with those of exported networks.
@Suite struct LogitsForVerification {
  /// For each checkpoint in the folder: pictures of several sizes and batch sizes, in 0...255 and channels first, and
  /// their logits.
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["TESSERA_ONNX_NETWORKS"] != nil,
      "TESSERA_ONNX_NETWORKS names no folder of scripts/verify/onnx_export.py"))
  func logitsOfRandomPictures() throws {
    let environment = ProcessInfo.processInfo.environment
    let folder = try #require(environment["TESSERA_ONNX_NETWORKS"])
    let target = try #require(environment["TESSERA_ONNX_LOGITS"])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".safetensors") }
    #expect(!files.isEmpty)
    for file in files {
      let checkpoint = try SegmentationCheckpoint(contentsOf: "\(folder)/\(file)")
      let (model, multiple, side) = (checkpoint.model, checkpoint.model.sizeMultiple, checkpoint.imageSize.width)
      for shape in [[1, multiple, multiple], [2, 3 * multiple, 2 * multiple], [1, side, side], [3, side, 2 * side]] {
        let pictures = Tensor.uniform([shape[0], shape[1], shape[2], 3], from: 0, to: 255, key: UInt64(shape[1]))
        let logits = model(Variable(model.normalization(pictures))).value
        let name = "\(file.dropLast(".safetensors".count)).\(shape.map(String.init).joined(separator: "x"))"
        try SafeTensors.write(
          [("image", pictures.transposed([0, 3, 1, 2])), ("logits", logits.transposed([0, 3, 1, 2]))],
          to: "\(target)/\(name).safetensors")
      }
    }
  }
}
