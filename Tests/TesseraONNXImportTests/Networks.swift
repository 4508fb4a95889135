import Foundation
import TesseraNetworks
import TesseraTensors

@testable import TesseraONNXImport

/// A small network that torch exported, with what ONNX Runtime computes (`scripts/golden/onnx_networks.py`).
struct ExportedNetwork {
  let name: String
  var folder = Self.golden

  /// Height and width of the pictures.
  static let sizes = [(height: 32, width: 32), (height: 64, width: 48)]

  static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden").path

  static let all: [ExportedNetwork] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: golden)) ?? []
    return files.filter { $0.hasSuffix(".onnx") }.sorted().map { ExportedNetwork(name: String($0.dropLast(5))) }
  }()

  var path: String { "\(folder)/\(name).onnx" }

  func network() throws -> ONNXNetwork { try ONNXImport(contentsOf: path).network(normalization: .unit) }

  /// A normalized picture, channels last.
  static func picture(_ size: (height: Int, width: Int)) -> Tensor {
    let values = (0..<3 * size.height * size.width).map { Float(sin(Double($0) * 0.37) * 2) }
    return Tensor(values, shape: [1, 3, size.height, size.width]).transposed([0, 2, 3, 1])
  }

  /// The logits of both pictures, in ONNX's order.
  func logits() throws -> [Float] {
    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).logits")).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
  }
}
