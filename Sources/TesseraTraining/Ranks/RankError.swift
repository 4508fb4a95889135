import Foundation

/// Why ranks cannot train on together.
public enum RankError: Error, CustomStringConvertible, LocalizedError, Equatable {
  /// Another rank failed; `message` is its error.
  case failed(rank: Int, message: String, leavesWeightsSound: Bool)
  /// Another rank would compute something else than rank 0.
  case differs(rank: Int, what: [String])
  /// The batches of a step cannot be divided among the ranks.
  case uneven(batches: Int, ranks: Int)
  /// Batch normalization is to be synchronized where that means nothing.
  case notSynchronizable(batches: Int, ranks: Int)
  case nothingToSynchronize

  public var description: String {
    switch self {
    case .failed(let rank, let message, _): "rank \(rank): \(message)"
    case .differs(let rank, let what):
      "rank \(rank) cannot work with rank 0: \(what.joined(separator: "; ")); start all ranks with the same program, "
        + "options and data, on machines of one kind"
    case .uneven(let batches, let ranks):
      "\(batches) batches per step cannot be divided among \(ranks) ranks; the batches must be a multiple of the ranks"
    case .notSynchronizable(batches: 1, ranks: 1):
      "batch normalization is synchronized among several ranks, and this process is alone; start it with mpirun -n 2 or "
        + "more, or choose a larger batch instead"
    case .notSynchronizable(let batches, let ranks):
      "synchronized batch normalization takes one batch from each rank, and a step has \(batches) batches for "
        + "\(ranks == 1 ? "1 rank" : "\(ranks) ranks"); start \(batches) ranks, without accumulation"
    case .nothingToSynchronize: "the network has no batch normalization to synchronize"
    }
  }

  public var errorDescription: String? { description }

  /// Whether the weights of `error` are still worth keeping, whichever rank it is from.
  static func leavesWeightsSound(_ error: any Error) -> Bool {
    switch error {
    case let error as TrainingError: error.leavesWeightsSound
    case RankError.failed(_, _, let isSound): isSound
    default: true
    }
  }

  /// An error in one text.
  static func text(_ error: any Error) -> String { (error as? any LocalizedError)?.errorDescription ?? "\(error)" }
}
