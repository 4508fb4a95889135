import Foundation
import Tessera

/// What `config.json` and every checkpoint of a run record: all resolved options, versions, the machine.
package struct RunConfiguration: Encodable {
  /// The version of this record.
  package let format: Int
  /// The arguments that started the run, with absolute paths: what `--resume` starts from.
  package let arguments: [String]
  package let model: NetworkDescription
  package let parameterCount: Int
  package let data: String
  /// A checksum of the names and sizes of all files of the data set.
  package let dataFiles: String
  package let trainingSamples: Int
  package let validationSamples: Int
  package let labelSpace: LabelSpace
  package let imageSize: ImageSize
  package let batchSize: Int
  package let epochs: Int
  package let stepsPerEpoch: Int
  package let validationSteps: Int
  package let seed: UInt64
  package let threads: Int
  package let loaderThreads: Int
  package let augmentation: Augmentation
  package let shuffles: Bool
  package let initialWeights: String?
  /// Another program's file that the backbone started from.
  package let backboneWeights: String?
  package let cache: String?
  package let keepBest: Int
  package let patience: Int?
  /// In minutes.
  package let saveEvery: Double
  /// In minutes.
  package let timeLimit: Double?
  package let tensorBoard: Bool
  /// In epochs.
  package let histograms: Int
  package let output: String
  /// When the run began, not when it was resumed.
  package let started: String
  package let tessera: String
  package let swift: String
  package let operatingSystem: String
  package let processor: String
  /// The instruction set of the vector loops: avx512, avx2 or plain. Results have the same bits on machines that share
  /// it.
  package let instructionSet: String
  package let cores: Int
  package let memoryMegabytes: Int

  /// The version that this program writes; it also resumes earlier ones.
  static let currentFormat = 2

  /// Returns a record as this version writes it: in format 1 a network's name was the only key of its configuration.
  static func upgraded(_ json: [UInt8], of network: NetworkDescription) throws -> [UInt8] {
    guard var record = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else { return json }
    record["format"] = currentFormat
    record["model"] = try JSONSerialization.jsonObject(with: JSONEncoder().encode(network))
    return [UInt8](try JSONSerialization.data(withJSONObject: record, options: [.sortedKeys]))
  }

  /// One object with the options of `recipe` among the others.
  func json(with recipe: Recipe) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(Record(configuration: self, recipe: recipe)) + Data("\n".utf8))
  }

  private struct Record: Encodable {
    let configuration: RunConfiguration
    let recipe: Recipe

    func encode(to encoder: any Encoder) throws {
      try configuration.encode(to: encoder)
      try recipe.encode(to: encoder)
    }
  }
}

/// The library's version.
package let tesseraVersion = "0.1.0"

/// What a run's figures depend on besides its options.
enum Machine {
  static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }

  static var swift: String {
    #if compiler(>=6.3)
      "6.3 or later"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }
}
