import Foundation

/// What the environment says of a process that a launcher has started together with others.
package struct LaunchedProcess: Equatable {
  package let rank: Int
  /// The number of processes; `nil` if only the launcher knows it.
  package let count: Int?

  /// The variables of Open MPI's mpirun, of Slurm's srun with PMIx, and of launchers with PMI.
  private static let variables = [
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMIX_RANK", "SLURM_STEP_NUM_TASKS"), ("PMI_RANK", "PMI_SIZE"),
  ]

  /// `nil` if no launcher has started the process.
  package init?(environment: [String: String]) {
    for (rank, count) in Self.variables {
      guard let rank = environment[rank].flatMap({ Int($0) }) else { continue }
      (self.rank, self.count) = (rank, environment[count].flatMap { Int($0) })
      return
    }
    return nil
  }

  /// That of this process.
  package static var current: LaunchedProcess? { LaunchedProcess(environment: ProcessInfo.processInfo.environment) }
}
