import Foundation
import TesseraNetworks
import TesseraPretrained
import TesseraTensors
import Testing

/// Files with bytes changed at random, and cut short: each loads or is an error of one line, and none ends the program.
///
/// The environment's TESSERA_MUTATIONS is the number of files of each kind, 12 without it.
@Suite(.serialized) struct DamageTests {
  private static let count = ProcessInfo.processInfo.environment["TESSERA_MUTATIONS"].flatMap(Int.init) ?? 12

  @Test(arguments: [
    "torchvision.pth", "wrapped.pth", "legacy-2.13.0.pth", "torchvision.safetensors", "keras3.weights.h5", "keras2.h5",
  ])
  func nothingButAnErrorComesOfIt(name: String) throws {
    let original = try [UInt8](contentsOf: golden(name))
    var random = RandomStream(seed: 5)
    var loaded = 0
    var errors: [String: Int] = [:]
    try withTemporaryFolder { folder in
      let path = "\(folder)/damaged"
      for _ in 0..<Self.count {
        let bytes = original.damaged(by: &random)
        try bytes.write(to: path)
        do {
          let weights = try PretrainedWeights(contentsOf: path, for: FCNN.self)
          try weights.load(into: makeModel(for: weights, width: 1, denseWidth: 8))
          loaded += 1
        } catch {
          let text = "\(error)"
          #expect(text.hasPrefix(path + ": ") && !text.contains("\n") && text.hasSuffix("."), "\(text)")
          errors["\(type(of: error))", default: 0] += 1
        }
      }
    }
    #expect(loaded < Self.count)
    if Self.count > 1000 { print(name, Self.count, "files:", loaded, "loaded,", errors) }
  }

  @Test(arguments: ["torchvision.pth", "legacy-2.13.0.pth", "torchvision.safetensors", "keras3.weights.h5"])
  func aFileThatIsCutShortIsRefused(name: String) throws {
    let original = try [UInt8](contentsOf: golden(name))
    try withTemporaryFolder { folder in
      for length in stride(from: 0, to: original.count, by: original.count / 19) {
        try Array(original[..<length]).write(to: folder + "/cut")
        #expect(throws: (any Error).self, "\(length)") {
          _ = try PretrainedWeights(contentsOf: folder + "/cut", for: FCNN.self)
        }
      }
    }
  }
}
