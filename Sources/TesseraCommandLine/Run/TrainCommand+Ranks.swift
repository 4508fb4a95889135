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
  /// How its steps take less memory.
  var memory = MemorySaving()
  /// What it learns from besides masks; its weights follow.
  var teacher: TeacherCard?
}

extension Ranks {
  /// Checks that all ranks are the same program with the same words, on machines that give the same bits.
  func requireSameProgram(_ words: [String]) throws {
    var checksum = CRC32()
    let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    checksum.add([UInt8]((try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)) ?? Data()))
    try requireSameWords(words)
    try group.requireSame([("its program", "Tessera \(tesseraVersion) (\(checksum.text))")])
    if try group.requireSameMachines() {
      Notice.warning.write("the ranks are on machines of different kinds: the bits are not those of one process")
    }
  }

  /// Shows only the options in which two command lines differ.
  private func requireSameWords(_ words: [String]) throws {
    let all = try group.agree(on: .success(words)).map(Self.options)
    guard let rank = all.firstIndex(where: { $0 != all[0] }) else { return }
    let same = zip(all[0], all[rank]).prefix { $0 == $1 }.count
    let (here, there) = (all[0].dropFirst(same), all[rank].dropFirst(same))
    let end = zip(here.reversed(), there.reversed()).prefix { $0 == $1 }.count
    func text(_ options: ArraySlice<[String]>) -> String {
      options.count == end ? "nothing" : options.dropLast(end).joined().joined(separator: " ")
    }
    throw RankError.differs(rank: rank, what: ["its options: \(text(there)) instead of \(text(here))"])
  }

  /// Each option with the words that follow its name.
  private static func options(_ words: [String]) -> [[String]] {
    words.reduce(into: []) { options, word in
      if word.hasPrefix("--") || options.last?.first?.hasPrefix("--") != true {
        options.append([word])
      } else {
        options[options.count - 1].append(word)
      }
    }
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
