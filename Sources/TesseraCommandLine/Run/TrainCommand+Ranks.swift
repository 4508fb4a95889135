import Foundation
import Tessera

extension TrainCommand: SharedCommand {}

/// What rank 0 has decided about a run before its data is opened.
struct RunBeginning: Codable {
  /// All words of the run's options: in a resumed run first those that made it.
  let words: [String]
}

/// What rank 0 has found in the files of the data.
struct SharedFindings: Codable {
  private let record: Data?

  init(_ record: DataRecord?) { self.record = record?.bytes.map { Data($0) } }

  /// `nil` for built-in scenes.
  var dataRecord: DataRecord? { record.flatMap { DataRecord(bytes: [UInt8]($0)) } }
}

/// The network that rank 0 is about to train.
struct RunNetwork: Codable {
  /// `nil` if there is nothing left to do.
  let network: NetworkDescription?
}

extension Ranks {
  /// Checks that all ranks are the same program with the same words, on machines that give the same bits.
  func requireSameProgram(_ words: [String]) throws {
    var checksum = CRC32()
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    checksum.add([UInt8]((try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)) ?? Data()))
    try group.requireSame([
      ("its options", words.joined(separator: " ")), ("its program", "Tessera \(tesseraVersion) (\(checksum.text))"),
      ("its vector instructions", instructionSet), ("its kernels of matrix products", matrixKernels),
    ])
  }

  /// The words of a run with the number of batches per step over all ranks: `--accumulate` counts those of each rank,
  /// and a run's record those of all, so that any number of ranks can resume it.
  ///
  /// - Parameters:
  ///   - words: of the run.
  ///   - accumulate: what they say.
  ///   - own: the words of this command line.
  /// - Throws: `RankError.uneven`.
  func words(_ words: [String], accumulate: Int, own: [String], isResumed: Bool) throws -> [String] {
    let name = "--accumulate"
    let isOwn = !isResumed || own.contains { $0 == name || $0.hasPrefix(name + "=") }
    let total = isOwn ? accumulate * group.rankCount : accumulate
    guard total % group.rankCount == 0 else { throw RankError.uneven(batches: total, ranks: group.rankCount) }
    return total == accumulate ? words : words + [name, "\(total)"]
  }
}
