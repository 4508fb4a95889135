import Foundation
import Tessera

/// What a run left behind that must not depend on how often the run was stopped.
struct RunEvidence {
  private let tensors: [(kind: String, names: [String: Tensor])]
  private let metrics: [String]
  private let validation: [String]

  /// Reads a run's folder.
  init(_ folder: String) throws {
    func tensors(_ file: String, where belongs: (String) -> Bool) throws -> [String: Tensor] {
      let file = try SafeTensors(contentsOf: "\(folder)/checkpoints/\(file).safetensors")
      let names = file.names.filter { belongs($0) && file.entries[$0]?.type == .float32 }
      return try Dictionary(uniqueKeysWithValues: names.map { ($0, try file.tensor($0)) })
    }
    let isTraining = { (name: String) in name.hasPrefix(SafeTensors.trainingPrefix) }
    self.tensors = [
      ("weights", try tensors("last") { !isTraining($0) }), ("optimizer", try tensors("last", where: isTraining)),
      ("best weights", try tensors("best") { _ in true }),
    ]
    metrics = try Self.metrics(in: folder)
    validation = try Self.lines(of: "validation.jsonl", in: folder)
  }

  /// The steps of the run.
  var steps: Int { metrics.count { $0.contains("\"event\":\"step\"") } }

  /// The complete lines of `metrics.jsonl` without their times.
  static func metrics(in folder: String) throws -> [String] {
    try lines(of: "metrics.jsonl", in: folder).map { line in
      line.replacing(/"(seconds|dataSeconds)":[^,}]*,?/, with: "").replacing(",}", with: "}")
    }
  }

  /// The complete lines of a file.
  private static func lines(of file: String, in folder: String) throws -> [String] {
    let text = try String(contentsOf: URL(fileURLWithPath: "\(folder)/\(file)"), encoding: .utf8)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  /// One line for each kind of evidence.
  func compared(with other: RunEvidence) -> (lines: [String], isSame: Bool) {
    var lines: [String] = []
    var isSame = true
    func add(_ kind: String, _ same: Int, of total: Int, _ what: String) {
      lines.append("\(kind.padding(toLength: 14, withPad: " ", startingAt: 0))\(same) of \(total) \(what)")
      isSame = isSame && same == total
    }
    for (own, others) in zip(tensors, other.tensors) {
      let names = Set(own.names.keys).union(others.names.keys)
      let same = names.count { name in
        guard let one = own.names[name], let two = others.names[name], one.shape == two.shape else { return false }
        // Bits, not numbers: -0 is not 0 here.
        return one.scalars.elementsEqual(two.scalars) { $0.bitPattern == $1.bitPattern }
      }
      add(own.kind, same, of: names.count, "tensors have the same bits")
    }
    func add(_ kind: String, _ own: [String], _ others: [String], _ what: String) {
      add(kind, zip(own, others).count { $0 == $1 }, of: max(own.count, others.count), what)
    }
    add("metrics", metrics, other.metrics, "lines are the same but for the times")
    add("validation", validation, other.validation, "lines are the same")
    return (lines, isSame)
  }
}
