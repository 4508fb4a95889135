import Foundation
import Tessera

/// What `config.json` records: every resolved option, versions, the machine.
public struct RunConfiguration: Codable {
  public let model: ModelSpecification
  public let parameterCount: Int
  public let data: String
  public let trainingSamples: Int
  public let validationSamples: Int
  public let labelSpace: LabelSpace
  public let imageSize: Int
  public let batchSize: Int
  public let epochs: Int
  public let stepsPerEpoch: Int
  public let validationSteps: Int
  public let optimizer: OptimizerName
  public let learningRate: Double
  public let seed: UInt64
  public let threads: Int
  public let augmentation: Augmentation
  public let shuffles: Bool
  public let initialWeights: String?
  public let output: String
  public let started: String
  public let tessera: String
  public let swift: String
  public let operatingSystem: String
  public let processor: String
  public let cores: Int
  public let memoryMegabytes: Int
}

/// The library's version.
public let tesseraVersion = "0.1.0"

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
