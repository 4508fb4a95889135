import Foundation
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraONNXImport

/// Compares full-size networks that scripts/verify/onnx_import.py and its siblings exported with ONNX Runtime, and
/// writes the differences beside them.
@Suite struct ImportedNetworksForVerification {
  /// What stands in NAME.json.
  private struct Facts: Decodable {
    let sizes: [[Int]], isChannelsLast: Bool, version: Int
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["TESSERA_ONNX_IMPORTS"] != nil,
      "TESSERA_ONNX_IMPORTS names no folder of scripts/verify/onnx_import.py"))
  func computesAsONNXRuntime() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["TESSERA_ONNX_IMPORTS"])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.sorted()
    #expect(!names.isEmpty)
    var lines = ["network\tversion\tsize\tlargest logit\tlargest difference"]
    for name in names.map({ String($0.dropLast(5)) }) {
      do {
        lines += try Self.differences(of: ExportedNetwork(name: name, folder: folder))
      } catch {
        lines.append("\(name)\t\(error)")
        Issue.record("\(name): \(error)")
      }
      try (lines.joined(separator: "\n") + "\n").write(
        toFile: folder + "/differences.tsv", atomically: true, encoding: .utf8)
    }
  }

  /// A line for each size; before a choice among scores, as the import leaves it out.
  private static func differences(of exported: ExportedNetwork) throws -> [String] {
    let path = "\(exported.folder)/\(exported.name).json"
    let facts = try JSONDecoder().decode(Facts.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    let network = try exported.network()
    #expect(network.configuration.layout.isChannelsFirst != facts.isChannelsLast, "\(exported.name)")
    var expected = try exported.logits()[...]
    let lines = try facts.sizes.map { size in
      let picture = ExportedNetwork.picture((size[0], size[1]))
      let scores = try network.graphOutput(of: picture).natural.value.scalars
      let part = expected.prefix(scores.count)
      expected = expected.dropFirst(scores.count)
      try #require(part.count == scores.count, "\(exported.name): other shapes")
      let largest = part.reduce(0) { max($0, abs($1)) }
      let difference = zip(scores, part).reduce(Float(0)) {
        max($0, ($1.0 - $1.1).isNaN ? .infinity : abs($1.0 - $1.1))
      }
      #expect(difference <= 1e-4 && largest > 0.1, "\(exported.name) \(size): \(difference) of \(largest)")
      return [exported.name, "\(facts.version)", "\(size[0]) x \(size[1])", "\(largest)", "\(difference)"]
        .joined(separator: "\t")
    }
    #expect(expected.isEmpty)
    return lines
  }
}
