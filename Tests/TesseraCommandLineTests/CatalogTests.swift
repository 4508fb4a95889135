import Foundation
import TesseraNetworks
import TesseraTraining
import Testing

/// A network is one file and one line in the catalog; what a run records is one line in the table of settings.
@Suite struct CatalogTests {
  private static let sources = ReadmeTests.package.appending(path: "Sources")

  /// The lines of code, without comments, of every file of the library but those of the networks themselves.
  private func lines() throws -> [(file: String, text: String)] {
    let files = try FileManager.default.subpathsOfDirectory(atPath: Self.sources.path).filter {
      $0.hasSuffix(".swift") && !$0.hasPrefix("TesseraNetworks/Networks/")
    }
    #expect(files.count > 100)
    return try files.flatMap { file in
      try String(contentsOf: Self.sources.appending(path: file), encoding: .utf8).split(separator: "\n")
        .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.hasPrefix("//") }.map { (file, $0) }
    }
  }

  private static func names(_ line: String, _ type: String) -> Bool {
    line.split { !$0.isLetter && !$0.isNumber }.contains(type[...])
  }

  @Test func aNetworkIsNamedInItsOwnFileAndInOneLineOfTheCatalog() throws {
    let lines = try lines()
    for network in NetworkCatalog.standard.networks where !String(reflecting: network).contains("EncoderDecoder<") {
      let type = String(reflecting: network).split(separator: ".").dropLast().last.map(String.init) ?? ""
      #expect(FileManager.default.fileExists(atPath: Self.sources.path + "/TesseraNetworks/Networks/\(type).swift"))
      // A decoder's name is only the beginning of a network's; published weights are of some network.
      let naming = lines.filter { file, text in
        Self.names(text, type)
          || text.contains("\"\(network.name)\"") && !file.hasPrefix("TesseraNetworks/Decoders/")
            && !file.hasPrefix("TesseraDownloads/Catalog/")
      }
      #expect(
        naming.map(\.file) == ["TesseraNetworks/Catalog/NetworkCatalog.swift"],
        "\(type) is named by \(naming.map { "\($0.file): \($0.text)" })")
    }
  }

  @Test func anEncoderOrDecoderIsNamedInItsOwnFileAndInOneLineOfTheCatalog() throws {
    let lines = try lines()
    let types = NetworkCatalog.decoders.map { "\($0)" } + NetworkCatalog.encoders.map { "\($0)" }
    for type in types {
      let naming = lines.filter { Self.names($0.text, type) && !$0.file.hasPrefix("TesseraDownloads/Catalog/") }
      let others = naming.filter { $0.file != "TesseraNetworks/Catalog/NetworkCatalog+EncoderDecoder.swift" }
      #expect(Set(others.map(\.file)).count == 1, "\(type) is named by \(Set(others.map(\.file)))")
      #expect(naming.count - others.count == 1, "\(type)")
    }
  }

  @Test func everyEntryOfARunsRecordIsInTheTableOfSettings() throws {
    try withTemporaryFolder { folder in
      let schedules = [["--schedule", "cosine"], ["--schedule", "plateau"], ["--schedule", "step"]]
      for (number, schedule) in schedules.enumerated() {
        let words = tinyRun + schedule + ["--output", "\(number)", "--optimizer", "adamw", "--clip-norm", "1"]
        try #require(try Program.unet.run(words, in: folder).status == 0)
        let record = try JSONSerialization.jsonObject(with: contents("\(folder)/\(number)/config.json"))
        for key in try #require(record as? [String: Any]).keys {
          #expect(RunSetting.all.contains { $0.key == key }, "\(key)")
        }
      }
      #expect(Set(RunSetting.all.map(\.key)).count == RunSetting.all.count)
    }
  }
}
