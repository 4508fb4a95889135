import Foundation
import TesseraAutograd
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraONNXImport

/// Compares full-size networks that scripts/verify/onnx_import.py exported with ONNX Runtime.
@Suite struct ImportedNetworksForVerification {
  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["TESSERA_ONNX_IMPORTS"] != nil,
      "TESSERA_ONNX_IMPORTS names no folder of scripts/verify/onnx_import.py"))
  func computesAsONNXRuntime() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["TESSERA_ONNX_IMPORTS"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".onnx") }.sorted()
    #expect(!names.isEmpty)
    for name in names {
      let exported = ExportedNetwork(name: String(name.dropLast(5)), folder: folder)
      let network = try exported.network()
      var expected = try exported.logits()[...]
      for size in [(height: 64, width: 64), (height: 96, width: 128)] {
        let logits = network(Variable(ExportedNetwork.picture(size))).value.transposed([0, 3, 1, 2])
        let part = Tensor(Array(expected.prefix(logits.count)), shape: logits.shape)
        expected = expected.dropFirst(part.count)
        expectClose(logits, part, tolerance: 1e-4, "\(name) \(size)")
      }
      #expect(expected.isEmpty)
    }
  }
}
