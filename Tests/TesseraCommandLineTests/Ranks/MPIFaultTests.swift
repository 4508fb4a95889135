#if MPI
  import Foundation
  import TesseraReports
  import Testing

  /// Whatever happens to one rank, all end soon, rank 0 says why, and the run can be resumed.
  @Suite(.serialized) struct MPIFaultTests {
    private static func long(_ epochs: Int) -> [String] {
      "train unet --width 4 --image-size 32 --epochs \(epochs) --steps-per-epoch 8 --batch-size 1 --validation-steps 2 --no-tensorboard --output run --save-every 0"
        .split(separator: " ").map(String.init)
    }

    /// The processes of a run, by rank.
    private func processes(of running: Program.Running) throws -> [Int: pid_t] {
      var found: [Int: pid_t] = [:]
      for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
        guard let id = pid_t(name), let status = try? contents("/proc/\(id)/stat"),
          let environment = try? contents("/proc/\(id)/environ")
        else { continue }
        let fields = String(decoding: status, as: UTF8.self).split(separator: ") ").last?.split(separator: " ")
        guard let parent = fields.flatMap({ $0.count > 1 ? pid_t($0[1]) : nil }),
          parent == running.process.processIdentifier
        else { continue }
        for variable in environment.split(separator: 0) {
          let text = String(decoding: variable, as: UTF8.self)
          if let rank = text.wholeMatch(of: /OMPI_COMM_WORLD_RANK=(\d+)/)?.1 { found[Int(rank) ?? -1] = id }
        }
      }
      return found
    }

    /// Waits until a number of steps is done.
    private func wait(for steps: Int, in folder: String, of running: Program.Running) {
      let start = ContinuousClock.now
      func done() -> Int {
        let text = (try? contents(folder + "/run/metrics.jsonl")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").count { $0.contains("\"event\":\"step\"") }
      }
      while running.process.isRunning, done() < steps, start.duration(to: .now) < .seconds(60) {
        Thread.sleep(forTimeInterval: 0.01)
      }
    }

    /// Waits for the end, which must come soon.
    private func soon(_ running: Program.Running, within limit: Duration = .seconds(30)) throws -> Program.Outcome {
      let start = ContinuousClock.now
      let outcome = try running.wait()
      #expect(start.duration(to: .now) < limit)
      return outcome
    }

    @Test func aKilledRankEndsAllAndTheRunResumes() throws {
      try withTemporaryFolder { folder in
        let whole = try Program.tessera.run(
          Self.long(3) + ["--accumulate", "3", "--output", "whole"], in: folder)
        try #require(whole.status == 0, "\(whole.errors)")
        for (number, rank) in [1, 0, 2].enumerated() {
          let words = number == 0 ? Self.long(3) : ["train", "unet", "--resume", "--output", "run"]
          let running = try Mpirun.start(3, words, in: folder)
          wait(for: 5 * (number + 1), in: folder, of: running)
          kill(try #require(processes(of: running)[rank]), SIGKILL)
          let outcome = try soon(running)
          #expect(outcome.status != 0)
          #expect(outcome.errors.contains("process rank \(rank) with PID"), "\(outcome.errors)")
          #expect(outcome.errors.contains("exited on signal 9 (Killed)"), "\(outcome.errors)")
        }
        let resumed = try Mpirun.run(3, ["train", "unet", "--resume", "--output", "run"], in: folder)
        try #require(resumed.status == 0, "\(resumed.errors)")
        #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      }
    }

    @Test(arguments: [0, 1]) func aRankThatHangsIsNamed(rank: Int) throws {
      try withTemporaryFolder { folder in
        let running = try Mpirun.start(2, Self.long(1000), in: folder, options: ["-x", "TESSERA_RANK_PATIENCE=2"])
        wait(for: 3, in: folder, of: running)
        kill(try #require(processes(of: running)[rank]), SIGSTOP)
        let outcome = try soon(running)
        #expect(outcome.status != 0)
        let lines = outcome.ownErrorLines.filter { $0.hasPrefix("Error:") }
        #expect(lines.count == 1, "\(outcome.errors)")
        #expect(lines.first?.hasPrefix("Error: rank \(rank) on ") == true, "\(outcome.errors)")
        // Rank 0 waits for two seconds, others for five more.
        let silence = " has been silent for \(rank == 0 ? 7 : 2) s: all ranks end; the run resumes"
        #expect(lines.first?.contains(silence) == true, "\(outcome.errors)")
        #expect(try RunStatus(ofRun: folder + "/run").state == (rank == 0 ? .running : .failed))
      }
    }

    @Test(arguments: [nil, 0, 1]) func aRequestToEndSavesAndEnds(rank: Int?) throws {
      try withTemporaryFolder { folder in
        let running = try Mpirun.start(
          2, Self.long(1000), in: folder, options: ["--mca", "odls_base_sigkill_timeout", "10"])
        wait(for: 3, in: folder, of: running)
        let process = try rank.map { rank in try #require(processes(of: running)[rank]) }
        kill(process ?? running.process.processIdentifier, SIGTERM)
        // Open MPI waits as long as it may, twice.
        let outcome = try soon(running, within: .seconds(60))
        #expect(outcome.status != 0)
        if rank != nil { #expect(outcome.status == 130) }
        #expect(try RunStatus(ofRun: folder + "/run").state == .interrupted)
        #expect(
          outcome.ownErrorLines.last == "hint: tessera train unet --resume --output run continues from here",
          "\(outcome.errors)")
      }
    }

    @Test func ranksThatWouldDifferAreRefused() throws {
      try withTemporaryFolder { folder in
        func error(_ command: String) throws -> String? {
          let outcome = try Mpirun.run(shell: "mpirun \(command)", in: folder)
          #expect(outcome.status == 1)
          let errors = outcome.ownErrorLines.filter { $0.hasPrefix("Error:") }
          #expect(errors.count == 1, "\(outcome.errors)")
          #expect(!FileManager.default.fileExists(atPath: folder + "/run/checkpoints"))
          return errors.first
        }
        let train = "$PROGRAM \(Self.long(1).joined(separator: " "))"
        let options = try error("-n 1 \(train) : -n 1 \(train) --seed 2")
        #expect(
          options?.hasPrefix("Error: rank 1 cannot work with rank 0: its options: --seed 2 instead of nothing; ")
            == true,
          "\(options ?? "")")
        let accumulate = try error("-n 1 \(train) --accumulate 1 : -n 1 \(train) --accumulate 2")
        #expect(
          accumulate?.contains("its options: --accumulate 2 instead of --accumulate 1; ") == true, "\(accumulate ?? "")"
        )
        let kernels = try error("-n 1 \(train) : -n 1 -x OPENBLAS_CORETYPE=Prescott \(train)")
        #expect(
          kernels?.contains("rank 1 cannot work with rank 0: its kernels of matrix products: Prescott instead of")
            == true,
          "\(kernels ?? "")")
        let mixed = try Mpirun.run(
          shell: "mpirun -n 1 -x TESSERA_MIXED_MACHINES=1 \(train) --output mixed : -n 1 -x OPENBLAS_CORETYPE=Prescott "
            + "\(train) --output mixed", in: folder)
        #expect(mixed.status == 0, "\(mixed.errors)")
        #expect(
          mixed.ownErrorLines.first
            == "Warning: the ranks are on machines of different kinds: the bits are not those of one process")
        for number in 0...1 { try writeDataset(at: "\(folder)/machine\(number)/data", count: 12 + number) }
        let data = try error("-n 2 sh -c 'cd machine$OMPI_COMM_WORLD_RANK && \(train) --data data --output ../run'")
        #expect(data?.contains("rank 1 cannot work with rank 0: its data: 12 + 1 pictures") == true, "\(data ?? "")")
        try FileManager.default.removeItem(atPath: folder + "/machine1/data/images/3.png")
        let missing = try error("-n 2 sh -c 'cd machine$OMPI_COMM_WORLD_RANK && \(train) --data data --output ../run'")
        #expect(missing?.hasPrefix("Error: rank 1: ") == true, "\(missing ?? "")")
      }
    }

    /// An option that only one rank cannot take is that rank's fault, in the words of one process.
    @Test func aRankThatIsNotUnderstoodIsQuoted() throws {
      try withTemporaryFolder { folder in
        let train = "$PROGRAM \(Self.long(1).joined(separator: " "))"
        func lines(_ command: String) throws -> [String] {
          let outcome = try Mpirun.run(shell: "mpirun -q \(command)", in: folder)
          #expect(outcome.status != 0)
          return outcome.errorLines
        }
        let unknown = try lines("-n 1 \(train) : -n 1 \(train) --colour")
        #expect(unknown.first == "Error: rank 1: Unknown option '--colour'", "\(unknown)")
        let outside = try lines("-n 1 \(train) : -n 1 \(train) --epochs 0")
        #expect(outside.first == "Error: rank 1: --epochs must lie in 1...1000000; got 0", "\(outside)")
        let help = try lines("-n 1 \(train) : -n 1 \(train) --help")
        #expect(help.first == "Error: rank 1: it was only asked for help", "\(help)")
        let both = try lines("-n 2 \(train) --colour")
        #expect(both.count { $0.contains("Unknown option") } == 1, "\(both)")
        let evaluate = "-n 1 $PROGRAM evaluate --data x --predictions"
        let folders = try lines("\(evaluate) y : \(evaluate) z")
        let difference = "rank 1 cannot work with rank 0: its options: --predictions z instead of --predictions y; "
        #expect(folders.first?.hasPrefix("Error: " + difference) == true, "\(folders)")
      }
    }

    @Test func commandsThatAreNotDividedSaySo() throws {
      try withTemporaryFolder { folder in
        let outcome = try Mpirun.run(2, ["networks"], in: folder)
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(
          outcome.ownErrorLines
            == ["Error: 'tessera networks' is not divided among processes; start it without mpirun"],
          "\(outcome.errors)")
      }
    }

    @Test func helpIsPrintedOnce() throws {
      try withTemporaryFolder { folder in
        let outcome = try Mpirun.run(3, ["train", "unet", "--help"], in: folder)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.components(separatedBy: "OVERVIEW: Train").count == 2)
      }
    }

    /// Batch systems warn all processes; rank 0 saves, and the run goes on.
    @Test func aWarningSaves() throws {
      try withTemporaryFolder { folder in
        let words = Self.long(1000).map { $0 == "0" ? "60" : $0 } + ["--steps-per-epoch", "100000"]
        let running = try Mpirun.start(2, words, in: folder)
        wait(for: 3, in: folder, of: running)
        kill(running.process.processIdentifier, SIGUSR1)
        let (path, start) = (folder + "/run/checkpoints/last.safetensors", ContinuousClock.now)
        while !FileManager.default.fileExists(atPath: path), start.duration(to: .now) < .seconds(30) {
          Thread.sleep(forTimeInterval: 0.02)
        }
        #expect(FileManager.default.fileExists(atPath: path) && running.process.isRunning)
        kill(try #require(processes(of: running)[1]), SIGTERM)
        #expect(try soon(running, within: .seconds(60)).status == 130)
      }
    }

    /// A table that does not depend on who counted.
    @Test func ranksEvaluateTogether() throws {
      try withTemporaryFolder { folder in
        try writeDataset(at: folder + "/data", count: 30)
        try #require(
          Program.tessera.run(
            ["train", "unet", "--data", "data"] + tinyRun + ["--output", "run"], in: folder
          ).status == 0)
        let words = [
          "evaluate", "--checkpoint", "run/checkpoints/best.safetensors", "--data", "data", "--split", "training",
        ]
        let alone = try Program.tessera.run(words, in: folder)
        try #require(alone.status == 0, "\(alone.errors)")
        for ranks in [2, 3] {
          let together = try Mpirun.run(ranks, words, in: folder)
          #expect(together.output == alone.output && together.errors == alone.errors, "\(together.errors)")
        }
      }
    }
  }
#endif
