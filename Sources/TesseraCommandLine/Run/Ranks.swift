import Foundation
import Tessera
import TesseraFiles

#if MPI
  import TesseraMPI
#endif

/// The processes that a launcher such as mpirun has started with this one, which do one command together.
///
/// Rank 0 has the files and the last word; nothing that the others write is seen.
struct Ranks: Sendable {
  let group: RankGroup
  /// The threads for each of the ranks that share this one's processors.
  let threads: Int
  private let leaveRun: @Sendable () -> Void

  /// `nil` for a process by itself.
  @TaskLocal static var current: Ranks?

  /// Joins them.
  ///
  /// - Returns: `nil` if there are no others.
  /// - Throws: `RanksError`, or what MPI says.
  static func joined() throws -> Ranks? {
    guard let process = LaunchedProcess.current, process.count != 1 else { return nil }
    #if MPI
      guard let exchange = try MPIExchange.join(waiting: .seconds(try patience())) else { return nil }
      let mixed = ProcessInfo.processInfo.environment["TESSERA_MIXED_MACHINES"] == "1"
      let ranks = try Ranks(RankGroup(exchange, allowingMixedMachines: mixed), leave: exchange.leave)
      ranks.setSilent(!ranks.group.isLeader)
      return ranks
    #else
      // Once is enough.
      if process.rank > 0 { StandardStream.errors.setSilent(true) }
      throw RanksError.builtWithoutMPI
    #endif
  }

  private init(_ group: RankGroup, leave: @escaping @Sendable () -> Void) throws {
    (self.group, leaveRun) = (group, leave)
    // Ranks that may use the same processors divide them; those that are bound to their own have them for themselves.
    let own = "\(ProcessInfo.processInfo.hostName) \(AvailableProcessors.list)"
    let sharing = try group.agree(on: .success(own)).count { $0 == own }
    threads = max(1, AvailableProcessors.count / sharing)
  }

  private func setSilent(_ isSilent: Bool) {
    for stream in [StandardStream.output, .errors] { stream.setSilent(isSilent) }
  }

  /// How long a silent rank is waited for, in seconds.
  private static func patience() throws -> Double {
    let name = "TESSERA_RANK_PATIENCE"
    guard let word = ProcessInfo.processInfo.environment[name] else { return 600 }
    guard let seconds = Double(word), (1...1e9).contains(seconds) else { throw RanksError.patience(name, word) }
    return seconds
  }

  /// Tells the others why this rank ends, and leaves.
  ///
  /// - Parameter failure: `nil` if it has done what it should.
  func leave(after failure: String?) {
    if let failure { group.tellFailure(failure) }
    leaveRun()
  }

  /// Speaks for rank 0, if that is silent.
  func speakFor(_ error: any Error) {
    #if MPI
      if case MPIError.silent(let silent, patience: _) = error, silent.contains(where: { $0.number == 0 }) {
        setSilent(false)
      }
    #endif
  }
}

/// A command that ranks do together.
protocol SharedCommand {}

/// A command that starts trainers, each of which may be several ranks.
protocol RankStartingCommand {
  /// What it starts ranks for, and how it is asked to, behind "starts ranks itself".
  func rankStarting(_ ranks: Int) -> String
}

/// Why a command cannot be done by several processes.
enum RanksError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case builtWithoutMPI
  case notShared(command: String)
  /// A command that starts its ranks itself, however many.
  case startsRanks(command: String, how: String)
  case patience(String, String)

  var description: String {
    switch self {
    case .builtWithoutMPI:
      "several processes were started together, and this program was built without MPI; build it with --traits MPI, or "
        + "start one process"
    case .notShared(let command):
      "'\(command)' is not divided among processes; start it without mpirun"
    case .startsRanks(let command, let how):
      "'\(command)' starts ranks itself\(how)"
    case .patience(let name, let word): "\(name) is '\(word)'; it must be a number of seconds, at least 1"
    }
  }
  var errorDescription: String? { description }
}
