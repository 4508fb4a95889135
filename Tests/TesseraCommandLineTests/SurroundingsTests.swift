import Foundation
import Testing

/// What the system leaves a program: processors, address space.
@Suite struct SurroundingsTests {
  static let taskset = "/usr/bin/taskset"

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: taskset), "there is no taskset"))
  func threadsAreByDefaultAsManyAsTheProcessMayUse() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(
        tinyRun + ["--output", "run", "--no-tensorboard"], in: folder, by: [Self.taskset, "-c", "0"])
      #expect(outcome.status == 0 && outcome.output.contains(", 1 thread, "), "\(outcome.output)\(outcome.errors)")
    }
  }

  #if os(Linux)
    /// From too little for the libraries to enough: it works or says in a line why not, and never hangs.
    @Test(arguments: [500_000, 700_000, 900_000, 1_100_000])
    func littleAddressSpaceEndsInALine(kilobytes: Int) throws {
      try withTemporaryFolder { folder in
        let limited = "ulimit -v \(kilobytes); exec /usr/bin/timeout -s KILL 60 \"$@\""
        let outcome = try Program.unet.run(
          tinyRun + ["--output", "run", "--no-tensorboard"], in: folder, by: ["/bin/bash", "-c", limited, "bash"])
        if outcome.status == 0 { return }
        #expect(outcome.status == 1, "\(outcome.status) \(outcome.errors)")
        #expect(outcome.errors.contains("Error: out of memory: "), "\(outcome.errors)")
      }
    }
  #endif
}
