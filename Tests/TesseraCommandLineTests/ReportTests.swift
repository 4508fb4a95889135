import Foundation
import Testing

/// `report.html` as trainers write it, and the tool's commands that write pages.
@Suite struct ReportTests {
  private func page(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func state(_ run: String) throws -> String? {
    try objects(String(decoding: contents(run + "/status.json"), as: UTF8.self)).first?["state"] as? String
  }

  @Test func aTrainersPageFollowsFromItsFiles() throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "run"], in: folder).status == 0)
      let written = try page(folder + "/run/report.html")
      #expect(written.contains("Finished") && written.contains("scene 500") && written.contains("id=\"confusion\""))
      #expect(try state(folder + "/run") == "finished")
      try FileManager.default.removeItem(atPath: folder + "/run/report.html")
      let outcome = try Program.tessera.run(["report", "run"], in: folder)
      #expect(outcome.status == 0 && outcome.output == "wrote run/report.html\n" && outcome.errors.isEmpty)
      #expect(try page(folder + "/run/report.html") == written)
    }
  }

  @Test func aRunThatBreaksOffOrIsKilledSaysHow() throws {
    try withTemporaryFolder { folder in
      let failing = try Program.unet.run(tinyRun + ["--learning-rate", "1e30", "--output", "failing"], in: folder)
      expectFailure(failing)
      #expect(failing.errorLines.last?.hasPrefix("hint: unet --resume") == true, "\(failing.errors)")
      #expect(try state(folder + "/failing") == "failed")
      #expect(try page(folder + "/failing/report.html").contains("the learning rate 1e+30 is too high"))

      let endless = "--width 4 --image-size 32 --epochs 1000 --steps-per-epoch 2 --batch-size 2 --validation-steps 1"
        .split(separator: " ").map(String.init)
      for (name, signal, expected) in [("stopped", SIGTERM, "interrupted"), ("killed", SIGKILL, "running")] {
        let running = try Program.unet.start(endless + ["--output", name], in: folder)
        let start = ContinuousClock.now
        while !FileManager.default.fileExists(atPath: "\(folder)/\(name)/checkpoints/best.safetensors"),
          start.duration(to: .now) < .seconds(30)
        { Thread.sleep(forTimeInterval: 0.01) }
        if name == "killed" {
          // A page of a run that goes on stays one.
          try #require(try Program.tessera.run(["report", name], in: folder).status == 0)
          #expect(try page("\(folder)/\(name)/report.html").contains("data-renewal="))
        }
        kill(running.process.processIdentifier, signal)
        _ = try running.wait()
        #expect(try state("\(folder)/\(name)") == expected)
      }
      #expect(try page(folder + "/stopped/report.html").contains("It was asked to stop after step"))
      try #require(try Program.tessera.run(["report", "killed"], in: folder).status == 0)
      let told = try page(folder + "/killed/report.html")
      #expect(told.contains("Its process ended without a message") && !told.contains("data-renewal="))
    }
  }

  @Test func compareWritesAPage() throws {
    try withTemporaryFolder { folder in
      for seed in ["1", "2"] {
        try #require(
          try Program.unet.run(tinyRun + ["--seed", seed, "--output", "run \(seed)"], in: folder).status == 0)
      }
      let outcome = try Program.tessera.run(
        ["compare", "run 1", "run 2", "--names", "one,<two>", "--output", "new/page.html"], in: folder)
      #expect(outcome.status == 0 && outcome.output.hasSuffix("\nwrote new/page.html\n"), "\(outcome.errors)")
      let written = try page(folder + "/new/page.html")
      for text in ["Comparison of 2 runs", "&lt;two&gt;", "Validation accuracy", "id=\"classes\"", ">seed<"] {
        #expect(written.contains(text), "\(text)")
      }
    }
  }

  @Test func aFolderThatIsNoRunHasNoPage() throws {
    try withTemporaryFolder { folder in
      expectFailure(
        try Program.tessera.run(["report", "none"], in: folder),
        "Error: there is no folder none; name the folder of a run, such as runs/unet-2026-01-31-120000")
      #expect(try files(in: folder).isEmpty)
    }
  }
}
