import Foundation
import Tessera

/// What `config.json` and every checkpoint of a run record: all resolved options, what follows from them and the data,
/// versions, the machine.
struct RunConfiguration: Encodable {
  let options: TrainingOptions
  let facts: Facts

  /// What is no option.
  struct Facts: Encodable {
    /// The version of this record.
    let format = RunConfiguration.currentFormat
    /// The arguments that started the run, with absolute paths: what `--resume` starts from.
    let arguments: [String]
    let model: NetworkDescription
    let parameterCount: Int
    /// A checksum of the names and sizes of all files of the data set.
    let dataFiles: String
    let trainingSamples: Int
    let validationSamples: Int
    let labelSpace: LabelSpace
    let scheduleSteps: Int?
    /// `nil` without a teacher.
    let teacherChecksum: String?
    /// When the run began, not when it was resumed.
    let started: String
    let tessera = tesseraVersion
    let swift = Machine.swift
    let operatingSystem = ProcessInfo.processInfo.operatingSystemVersionString
    let processor = Machine.processor
    /// The instruction set of the vector loops: avx512, avx2 or plain. Results have the same bits on machines that
    /// share it.
    let instructionSet: String
    /// OpenBLAS's kernels of matrix products, which decide about bits, too.
    let matrixKernels: String
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let memoryMegabytes = Int(ProcessInfo.processInfo.physicalMemory >> 20)
  }

  /// One object that holds both.
  func encode(to encoder: any Encoder) throws {
    try options.encode(to: encoder)
    try facts.encode(to: encoder)
  }

  /// The version that this program writes; it also resumes earlier ones.
  static let currentFormat = 2

  /// Returns a record as this version writes it: in format 1 a network's name was the only key of its configuration.
  static func upgraded(_ json: [UInt8], of network: NetworkDescription) throws -> [UInt8] {
    guard var record = try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else { return json }
    record["format"] = currentFormat
    record["model"] = try JSONSerialization.jsonObject(with: JSONEncoder().encode(network))
    return [UInt8](try JSONSerialization.data(withJSONObject: record, options: [.sortedKeys]))
  }

  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(self) + Data("\n".utf8))
  }
}

/// Earlier versions that add up products in another order, so that their bits are others.
let versionsWithOtherBits: Set = ["0.1.0"]

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
