import Foundation
import TesseraArchives
import TesseraHDF5
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraPretrained

/// Keras' own archives that were damaged, or made to do damage: each is an error of one line.
@Suite struct KerasArchiveTests {
  private typealias Entry = ZipBuilder.Entry
  private static let weights = "model.weights.h5"

  /// The entries of an archive that Keras wrote.
  private static func entries(_ name: String = "unet.keras") throws -> [String: [UInt8]] {
    try KerasNetworkTests.withFile(name) { path in
      let archive = try ArchiveFile(contentsOf: path)
      return try Dictionary(
        uniqueKeysWithValues: archive.entries.map { ($0.path, try archive.bytes(at: $0.path, atMost: 1 << 20)) })
    }
  }

  private static func load(_ path: String) throws -> LoadedWeights {
    let model = UNet(.init(classes: 4, width: 1, normalization: .unit), random: RandomStream(seed: 1))
    return try PretrainedWeights(contentsOf: path, for: UNet.self).load(into: model)
  }

  private func message(_ entries: [Entry], missingBytes: Int = 0) throws -> String {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.keras"
      try ZipBuilder(entries: entries, missingBytes: missingBytes).write(to: path)
      let error = #expect(throws: (any Error).self) { try Self.load(path) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.keras"])
      let text = error.map { "\($0)" } ?? ""
      #expect(!text.contains("\n"))
      return text.replacing(path, with: "a.keras")
    }
  }

  @Test func archivesThatLieAreRefused() throws {
    let good = try #require(Self.entries()[Self.weights])
    let damaged = ". The file is damaged; download or save it again."
    let zeros = [UInt8](repeating: 0, count: 17_000_000)
    #expect(
      try message([Entry(path: Self.weights, bytes: zeros, isCompressed: true)]).hasPrefix(
        "a.keras: model.weights.h5: an archive of "))
    #expect(
      try message([Entry(path: Self.weights, bytes: good, isCompressed: true, claimedSize: 4_000_000_000)])
        .hasSuffix(" cannot hold weights of 4.0 GB" + damaged))
    #expect(
      try message([Entry(path: Self.weights, bytes: good, claimedSize: 1000)]).hasPrefix("a.keras: model.weights.h5: "))
    #expect(
      try message([Entry(path: Self.weights, bytes: good, claimedChecksum: 5)]).hasPrefix("a.keras: model.weights.h5: ")
    )
    #expect(try message([Entry(path: Self.weights)]) == "a.keras: model.weights.h5: it is not an HDF5 file" + damaged)
    #expect(
      try message([Entry(path: Self.weights, bytes: Array("/etc/passwd".utf8), mode: 0o120777)])
        == "a.keras: model.weights.h5: it is a symbolic link" + damaged)
    #expect(
      try message([Entry(path: Self.weights, bytes: good), Entry(path: Self.weights, bytes: good)])
        == "a.keras: model.weights.h5: it occurs twice" + damaged)
    #expect(
      try message([Entry(path: "config.json", bytes: Array("{}".utf8))])
        == "a.keras: model.weights.h5: it is missing from the archive" + damaged)
    #expect(
      try message([Entry(path: "config.json", bytes: zeros, isCompressed: true)])
        == "a.keras: config.json: it has more than 16777216 bytes" + damaged)
    #expect(
      try message([Entry(path: "../model.weights.h5", bytes: good)]).hasPrefix(
        "a.keras: it is a zip archive, but not one that PyTorch saved"))
    #expect(
      try message([Entry(path: Self.weights, bytes: good)], missingBytes: 30).hasPrefix("a.keras: the zip archive: "))
  }

  @Test func tooManyEntriesAreRefused() throws {
    let text = try message((0...1 << 16).map { Entry(path: "\($0)") })
    let reason = "a.keras: the zip archive: it has more than 65536 entries"
    #expect(text == reason + ". The file is damaged; download or save it again.")
  }

  /// The weights decide; what the description says is of use only where it can be read.
  @Test(arguments: ["", "[]", "{\"class_name\": 5}", String(repeating: "[", count: 100_000)])
  func aDescriptionThatSaysNothingIsNotNeeded(description: String) throws {
    let good = try #require(Self.entries()[Self.weights])
    try withTemporaryFolder { folder in
      try ZipBuilder.with(
        Entry(path: "config.json", bytes: Array(description.utf8)), Entry(path: Self.weights, bytes: good),
        Entry(path: "../assets/evil", bytes: [1])
      ).write(to: folder + "/a.keras")
      #expect(try Self.load(folder + "/a.keras").table == "Keras U-Net")
    }
  }

  /// The weights would fit.
  @Test(arguments: [
    (
      "\"padding\": \"same\"", "\"padding\": \"valid\"",
      "conv2d_19 has padding valid and encoder.0.first has same"
    ),
    ("\"strides\": [1, 1]", "\"strides\": [2, 1]", "conv2d_19 has stride 2 x 1 and encoder.0.first has 1 x 1"),
    (
      "\"dilation_rate\": [1, 1]", "\"dilation_rate\": [2, 2]",
      "conv2d_19 has dilation 2 x 2 and encoder.0.first has 1 x 1"
    ),
    (
      "\"activation\": \"relu\"", "\"activation\": \"elu\"",
      "conv2d_19 has the activation elu and encoder.0.first has relu"
    ),
  ])
  func layersThatComputeSomethingElseAreRefused(own: String, other: String, difference: String) throws {
    var entries = try Self.entries()
    let text = String(decoding: try #require(entries["config.json"]), as: UTF8.self)
    entries["config.json"] = Array(text.replacing(own, with: other).utf8)
    #expect(
      try message(entries.map { Entry(path: $0.key, bytes: $0.value) })
        == "a.keras: its layers are not those of Keras U-Net: \(difference); nothing was loaded. Use a file of this "
        + "network, with the same depth and options.")
  }

  /// As Keras 3 and Keras 2 write them; both descriptions are first taken as they are.
  @Test(arguments: [("unet.h5", false), ("unet.h5", true), ("unet-keras2.h5", false), ("unet-keras2.h5", true)])
  func featuresThatAreJoinedInAnotherOrderAreRefused(name: String, isReversed: Bool) throws {
    try KerasNetworkTests.withFile(name) { path in
      let file = try HDF5File(contentsOf: path)
      let text = try #require(try file.strings("model_config", of: "/")?.first)
      let description = KerasDescription(isReversed ? try Self.reversingJoins(text) : Array(text.utf8))
      let model = UNet(.init(classes: 4, width: 1, normalization: .unit), random: RandomStream(seed: 1))
      let weights = try PretrainedWeights(KerasFile(file, description), tables: UNet.Configuration.weightTables)
      guard isReversed else {
        try weights.load(into: model)
        return
      }
      let error = #expect(throws: PretrainedWeightsError.self) { try weights.load(into: model) }
      #expect(
        error?.description.contains(
          " takes encoder.3.second, decoder.0.up and decoder.0.block.first takes decoder.0.up, encoder.3.second; nothing"
        )
          == true, "\(error?.description ?? "")")
    }
  }

  private static func reversingJoins(_ text: String) throws -> [UInt8] {
    var model = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    var config = try #require(model["config"] as? [String: Any])
    config["layers"] = (config["layers"] as? [[String: Any]])?.map { layer in
      guard layer["class_name"] as? String == "Concatenate", let uses = layer["inbound_nodes"] as? [Any] else {
        return layer
      }
      var (layer, use) = (layer, uses[0])
      if let inputs = use as? [Any] {
        use = Array(inputs.reversed())
      } else if let call = use as? [String: Any], let inputs = (call["args"] as? [[Any]])?.first {
        use = ["args": [Array(inputs.reversed())], "kwargs": [:]] as [String: Any]
      }
      layer["inbound_nodes"] = [use]
      return layer
    }
    model["config"] = config
    return [UInt8](try JSONSerialization.data(withJSONObject: model))
  }

  @Test func layersWithoutWeightsThatAreLostAreNamed() throws {
    var entries = try Self.entries()
    let text = String(decoding: try #require(entries["config.json"]), as: UTF8.self)
    entries["config.json"] = Array(text.replacing("\"MaxPooling2D\"", with: "\"AveragePooling2D\"").utf8)
    try withTemporaryFolder { folder in
      let path = folder + "/a.keras"
      try ZipBuilder(entries: entries.map { Entry(path: $0.key, bytes: $0.value) }).write(to: path)
      let loaded = try Self.load(path)
      #expect(
        loaded.description
          == "Keras U-Net weights from \(path), whose network also has max_pooling2d_4 (AveragePooling2D), "
          + "max_pooling2d_5 (AveragePooling2D), max_pooling2d_6 (AveragePooling2D), max_pooling2d_7 (AveragePooling2D)"
      )
    }
  }

  /// Damage that the archive's checksum finds, and damage that reaches libhdf5.
  @Test(arguments: ["unet.keras", "unet-unnamed.keras", "fcnn-nested.h5"], [false, true])
  func damageIsAnErrorOfOneLine(name: String, reachesWeights: Bool) throws {
    let count = ProcessInfo.processInfo.environment["TESSERA_MUTATIONS"].flatMap(Int.init) ?? 12
    let original = try KerasNetworkTests.bytes(name)
    if reachesWeights && !name.hasSuffix(".keras") { return }
    let entries = reachesWeights ? try Self.entries(name) : [:]
    let target = reachesWeights ? try #require(entries[Self.weights]) : original
    var random = RandomStream(seed: 9)
    var loaded = 0
    try withTemporaryFolder { folder in
      let path = "\(folder)/damaged"
      for _ in 0..<count {
        let bytes = target.damaged(by: &random)
        if reachesWeights {
          try ZipBuilder(entries: entries.map { Entry(path: $0.key, bytes: $0.key == Self.weights ? bytes : $0.value) })
            .write(to: path)
        } else {
          try bytes.write(to: path)
        }
        do {
          let weights = try PretrainedWeights(contentsOf: path, tables: Self.tables)
          let model: any SegmentationModel =
            name.hasPrefix("unet")
            ? UNet(.init(classes: 4, width: 1, normalization: .unit), random: RandomStream(seed: 1))
            : FCNN(.init(classes: 4, width: 1, normalization: .unit), random: RandomStream(seed: 1))
          try weights.load(into: model)
          loaded += 1
        } catch {
          let text = "\(error)"
          #expect(text.hasPrefix(path + ": ") && !text.contains("\n") && text.hasSuffix("."), "\(text)")
        }
      }
    }
    #expect(loaded < count)
    if count > 1000 { print(name, reachesWeights, count, "files:", loaded, "loaded") }
  }

  private static let tables = UNet.Configuration.weightTables + FCNN.Configuration.weightTables
}
