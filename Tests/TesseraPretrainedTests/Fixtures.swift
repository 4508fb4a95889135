import Foundation
import TesseraAutograd
import TesseraCheckpoints
import TesseraKernels
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import TestSupport
import Testing

/// The path of a file that scripts/golden/pretrained_files.py wrote.
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

extension [UInt8] {
  func write(to path: String) throws { try Data(self).write(to: URL(filePath: path)) }

  init(contentsOf path: String) throws { self = try Array(Data(contentsOf: URL(filePath: path))) }
}

/// What the script's `picture()` makes.
func goldenPicture() -> Tensor {
  Tensor(shape: [1, 224, 224, 3]) { pixels in
    for index in pixels.indices {
      let (y, x, channel) = (index / (224 * 3), index / 3 % 224, index % 3)
      pixels[index] = Float((y * 7 + x * 13 + channel * 29 + (y * x) % 31 * 5) % 256)
    }
  }
}

/// An FCNN for weights of this file, with a head for the dense layers where they are asked for.
func makeModel(for weights: PretrainedWeights, width: Int, denseWidth: Int?) -> FCNN {
  FCNN(
    .init(
      classes: 2, width: width, head: denseWidth.map { .convolutionalized(width: $0) } ?? .original,
      normalization: weights.normalization), random: RandomStream(seed: 1))
}

/// Loads a file of weights and compares what the network makes of a picture of 224 x 224 pixels with what the program
/// made that wrote the file: the fifth pool's features, and the second dense layer's.
func expectTheFeaturesOfTheirProgram(
  _ path: String, width: Int, denseWidth: Int, picture: Tensor? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let expected = try SafeTensors(contentsOf: path + ".expected.safetensors")
  let weights = try PretrainedWeights(contentsOf: path, for: FCNN.self)
  let hasDense = expected.entries["fc7"] != nil
  let model = makeModel(for: weights, width: width, denseWidth: hasDense ? denseWidth : nil)
  try weights.load(into: model)
  let image = model.normalization(try picture ?? expected.tensor("picture"))
  let pool5 = try #require(model.backbone.features(of: Variable(image)).last)
  expectClose(
    pool5.value, try expected.tensor("pool5"), tolerance: 1e-4, "\(path), pool5", sourceLocation: sourceLocation)
  guard let fc6 = model.fc6, let fc7 = model.fc7 else { return }
  let dense = fc7(fc6(pool5)).value
  // With same padding, the one window of 7 x 7 that lies inside has its middle at row and column 3.
  let width = dense.shape[3]
  let middle = Tensor(Array(dense.scalars[((3 * 7 + 3) * width)..<((3 * 7 + 4) * width)]), shape: [1, width])
  expectClose(middle, try expected.tensor("fc7"), tolerance: 1e-4, "\(path), fc7", sourceLocation: sourceLocation)
}
