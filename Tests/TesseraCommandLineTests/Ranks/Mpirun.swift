#if MPI
  import Foundation
  import Testing

  /// Runs of the tool by Open MPI's mpirun.
  enum Mpirun {
    /// Whatever user, however few processors.
    private static let environment = [
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
      "OMPI_MCA_hwloc_base_binding_policy": "none",
    ]

    // Threads of this process may block signals, which mpirun would inherit; perl is part of every Debian.
    private static func launcher(_ ranks: Int, _ options: [String]) -> [String] {
      ["/usr/bin/perl", "-MPOSIX", "-e", "sigprocmask(SIG_SETMASK, POSIX::SigSet->new); exec @ARGV"]
        + ["mpirun", "-n", "\(ranks)"] + options
    }

    /// Runs the tool to its end.
    ///
    /// - Parameter options: mpirun's.
    static func run(
      _ ranks: Int, _ arguments: [String], in folder: String, options: [String] = []
    ) throws -> Program.Outcome {
      try Program.tessera.run(arguments, in: folder, environment: environment, by: launcher(ranks, options))
    }

    /// Starts the tool.
    static func start(
      _ ranks: Int, _ arguments: [String], in folder: String, options: [String] = []
    ) throws -> Program.Running {
      try Program.tessera.start(arguments, in: folder, environment: environment, by: launcher(ranks, options))
    }

    /// Runs `tessera verify-resume`, which starts mpirun itself.
    static func proof(_ arguments: [String], in folder: String) throws -> Program.Outcome {
      try runStarting(["verify-resume"] + arguments, in: folder)
    }

    /// Runs a command of the tool that starts mpirun itself.
    static func runStarting(_ arguments: [String], in folder: String) throws -> Program.Outcome {
      try Program.tessera.run(
        arguments, in: folder, environment: environment, by: Array(launcher(1, []).prefix { $0 != "mpirun" }))
    }

    /// Runs what a shell's command starts, in which the tool is `$PROGRAM`.
    static func run(shell command: String, in folder: String) throws -> Program.Outcome {
      let path = try #require(Program.folder, "the programs are not beside the tests").appending(path: "tessera").path
      return try Program(name: "/bin/sh").start(
        ["-c", command], in: folder, environment: environment.merging(["PROGRAM": path]) { $1 }
      ).wait()
    }
  }

  extension Program.Outcome {
    /// The lines on standard error that are the tool's, without those in which mpirun tells how processes ended.
    var ownErrorLines: [String] {
      errorLines.filter { line in
        ["Error:", "Warning:", "note:", "hint:", "epoch ", "continuing", "interrupted"].contains(where: line.hasPrefix)
      }
    }
  }
#endif
