import Foundation
import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// The path of a file that scripts/golden/safetensors_files.py wrote.
func golden(_ name: String, file: String = #filePath) -> String {
  URL(filePath: file).deletingLastPathComponent().appending(path: "Golden/\(name)").path
}

/// Calls `body` with an empty folder, which is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The bytes of a safetensors file with this header and data.
func fileBytes(header: String, data: [UInt8] = []) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8) + data
}

extension [UInt8] {
  func write(to path: String) throws { try Data(self).write(to: URL(filePath: path)) }

  init(contentsOf path: String) throws { self = try Array(Data(contentsOf: URL(filePath: path))) }
}

extension Tensor {
  /// The elements' bits: NaN equals NaN, and 0 differs from -0.
  var bits: [UInt32] { scalars.map(\.bitPattern) }
}

struct Convolution: Module {
  let filter: Parameter
  let bias: Parameter?
  var description: String { "Convolution" }
}

struct Network: Module {
  let stem: Convolution
  let blocks: [Convolution]
  let mean: Parameter
  var description: String { "Network" }

  /// Filled with consecutive numbers from `start` on.
  init(from start: Float, lastChannels: Int = 2, blocks count: Int = 2) {
    var next = start
    func parameter(_ shape: Shape, _ kind: Parameter.Kind = .weight) -> Parameter {
      defer { next += Float(shape.elementCount) }
      return Parameter(Tensor((0..<shape.elementCount).map { next + Float($0) }, shape: shape), kind: kind)
    }
    stem = Convolution(filter: parameter([1, 1, 3, 4]), bias: parameter([4], .bias))
    blocks = (0..<count).map { index in
      Convolution(filter: parameter([1, 1, 4, index == count - 1 ? lastChannels : 4]), bias: nil)
    }
    mean = parameter([4], .statistic)
  }

  var values: [Tensor] { parameters.map(\.value) }
}
