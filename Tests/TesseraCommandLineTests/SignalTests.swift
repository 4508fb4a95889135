import Foundation
import TesseraReports
import TesseraNetworks
import TesseraSegmentation
import Testing

/// What terminals, people and batch systems send to a trainer.
@Suite struct SignalTests {
  private static let options =
    "--width 4 --image-size 32 --epochs 1000 --steps-per-epoch 1000 --batch-size 2 --no-tensorboard --output run"

  /// Starts a run that would last for long, calls `body` after its first step, and returns how it ends.
  private func run(
    in folder: String, after command: String = "exec", _ body: (pid_t) throws -> Void
  ) throws -> Program.Outcome {
    let path = try #require(Program.folder).appending(path: "unet").path
    let running = try Program(name: "/bin/sh").start(
      ["-c", "\(command) \"$PROGRAM\" \(Self.options)"], in: folder, environment: ["PROGRAM": path])
    wait(while: running) { (try? contents(folder + "/run/metrics.jsonl").isEmpty) == false }
    try body(running.process.processIdentifier)
    return try running.wait()
  }

  private func wait(while running: Program.Running, until condition: () -> Bool) {
    let start = ContinuousClock.now
    while running.process.isRunning, !condition(), start.duration(to: .now) < .seconds(60) {
      Thread.sleep(forTimeInterval: 0.005)
    }
  }

  private func savedNotes(_ folder: String) -> [String: String]? {
    try? SegmentationCheckpoint(contentsOf: folder + "/run/checkpoints/last.safetensors").notes
  }

  @Test(arguments: [SIGHUP, SIGXCPU]) func aLostTerminalAndALimitOnTimeEndAsARequestDoes(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let outcome = try run(in: folder) { process in
        // A shell and the system may both tell that the terminal is gone.
        kill(process, signal)
        kill(process, signal)
      }
      #expect(outcome.status == 130)
      #expect(outcome.errorLines.last == "hint: unet --resume --output run continues from here")
      #expect(savedNotes(folder)?["interrupted"] == "true")
      #expect(try RunStatus(ofRun: folder + "/run").state == .interrupted)
    }
  }

  @Test func warningsSaveAndWhatIsIgnoredOrOfAPipeEndsNothing() throws {
    try withTemporaryFolder { folder in
      let outcome = try run(in: folder, after: "trap '' HUP; exec") { process in
        for signal in [SIGHUP, SIGPIPE, SIGUSR1] { kill(process, signal) }
        let start = ContinuousClock.now
        while savedNotes(folder) == nil, start.duration(to: .now) < .seconds(60) { Thread.sleep(forTimeInterval: 0.01) }
        #expect(savedNotes(folder)?["epoch"] == "0" && savedNotes(folder)?["interrupted"] == nil)
        #expect(kill(process, 0) == 0)
        kill(process, SIGTERM)
      }
      #expect(outcome.status == 130)
    }
  }

  /// A full disk and control-C together.
  @Test(.enabled("needs root, for a file system in memory", { SmallDisk.canBeMade }))
  func anInterruptionOnAFullDiskIsStillOne() throws {
    try withTemporaryFolder { folder in
      guard let disk = try SmallDisk(at: folder + "/run", megabytes: 2) else { return }
      defer { disk.remove() }
      let outcome = try run(in: folder) { process in
        try disk.fill()
        kill(process, SIGINT)
      }
      #expect(outcome.status == 130)
      #expect(
        outcome.errorLines.contains {
          $0.hasPrefix("Warning: run/checkpoints/last.safetensors: cannot be written: No space left on device")
        }, "\(outcome.errors)")
      #expect(outcome.errorLines.last == "hint: unet --resume --output run starts over")
      #expect(try RunStatus(ofRun: folder + "/run").state == .interrupted)
    }
  }
}
