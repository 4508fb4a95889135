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

  @Test func aNetworkIsNamedInItsOwnFileAndInOneLineOfTheCatalog() throws {
    let lines = try lines()
    for network in NetworkCatalog.standard.networks {
      let type = String(reflecting: network).split(separator: ".").dropLast().last.map(String.init) ?? ""
      #expect(FileManager.default.fileExists(atPath: Self.sources.path + "/TesseraNetworks/Networks/\(type).swift"))
      let naming = lines.filter { $0.text.contains("\"\(network.name)\"") || $0.text.firstRange(of: type) != nil }
      #expect(
        naming.map(\.file) == ["TesseraNetworks/Catalog/NetworkCatalog.swift"],
        "\(type) is named by \(naming.map { "\($0.file): \($0.text)" })")
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
