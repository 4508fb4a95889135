import Foundation
import TesseraReports
import Testing

/// `tessera sweep`, from its file to the table, with processes that are killed in between.
@Suite struct SweepToolTests {
  private static let options =
    #""width": 4, "image-size": 32, "epochs": 3, "steps-per-epoch": 5, "batch-size": 2, "validation-steps": 1, "#
    + #""no-tensorboard": true, "schedule": "cosine", "augmentation": "none""#

  /// The same as words.
  private static let words =
    ("--width 4 --image-size 32 --epochs 3 --steps-per-epoch 5 --batch-size 2 --validation-steps 1 --no-tensorboard "
    + "--schedule cosine --augmentation none").split(separator: " ").map(String.init)

  private func file(_ search: String, _ more: String = "") -> String {
    #"{"network": "unet", "options": {\#(Self.options)}, "search": {\#(search)}\#(more)}"#
  }

  private let halving = #", "halving": {"eta": 3}, "metric": "validationLoss""#
  private let rates = #""learning-rate": [1e-7, 0.003, 0.001]"#

  private func sweep(_ folder: String, _ output: String = "out") throws -> Program.Outcome {
    try Program.tessera.run(["sweep", "sweep.json", "--output", output], in: folder)
  }

  private struct Trial: Decodable {
    let options: [String: String], epochs: Int, planned: Int, score: Double?, state: String, reason: String?
  }

  private func trials(_ folder: String) throws -> [Trial] {
    struct Record: Decodable { let trials: [Trial] }
    return try JSONDecoder().decode(Record.self, from: contents(folder + "/sweep.json")).trials
  }

  @Test func theBestOfEachRungGoesOnAsIfItHadNeverBeenStopped() throws {
    try withTemporaryFolder { folder in
      try write(file(rates, halving), to: folder + "/sweep.json")
      let outcome = try sweep(folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let found = try trials(folder + "/out")
      #expect(found.map(\.epochs).sorted() == [1, 1, 3] && found.allSatisfy { $0.planned == 3 })
      let best = try #require(found.firstIndex { $0.state == "finished" })
      #expect(found[best].epochs == 3 && found.filter { $0.state == "stopped" }.count == 2)
      let lines = outcome.output.split(separator: "\n").map(String.init)
      #expect(lines[0].hasSuffix("halving by 3 (3 to epoch 1, 1 to epoch 3), at most 5 epochs instead of 9"))
      #expect(lines[1].contains(#/^trial-001  learning-rate=1e-07  epoch 1: validationLoss \d\.\d{4}$/#))
      #expect(
        lines[4].hasPrefix(
          "trial-00\(best + 1)  learning-rate=\(found[best].options["learning-rate"] ?? "")  epoch 3: "))
      // The table, the best first.
      let rows = lines.map { $0.split(separator: " ").map(String.init) }
      let heading = try #require(rows.firstIndex { $0.first == "trial" })
      #expect(rows[heading] == ["trial", "learning-rate", "epochs", "best", "validationLoss", "state"])
      #expect(rows[heading + 2].first == "trial-00\(best + 1)" && rows[heading + 2].last == "finished")
      #expect(outcome.errors == "hint: tessera compare out --output out/comparison.html draws the best\n")
      // What was decided is what the first epochs say, and the run that went on is that of a plain training.
      let first = try (1...3).map { number in
        try RunRecord(contentsOf: "\(folder)/out/trial-00\(number)").epochs[0].validationLoss ?? .infinity
      }
      #expect(first[best] == first.min())
      let rate = try #require(found[best].options["learning-rate"])
      let plain = try Program.tessera.run(
        ["train", "unet"] + Self.words + ["--learning-rate", rate, "--output", "plain"], in: folder)
      try #require(plain.status == 0)
      #expect(try Evidence(folder + "/plain") == Evidence("\(folder)/out/trial-00\(best + 1)"))
      let losses = try RunRecord(contentsOf: folder + "/plain").epochs.compactMap(\.validationLoss)
      #expect(found[best].score == losses.min())
      // Once more: nothing is left to do.
      let before = try (1...3).map { try contents("\(folder)/out/trial-00\($0)/metrics.jsonl") }
      let again = try sweep(folder)
      #expect(again.status == 0 && !again.output.contains("epoch 1: ") && again.output.contains("finished"))
      #expect(try (1...3).map { try contents("\(folder)/out/trial-00\($0)/metrics.jsonl") } == before)
      try expectComparison(of: found, best: best, in: folder)
    }
  }

  private func expectComparison(of found: [Trial], best: Int, in folder: String) throws {
    let outcome = try Program.tessera.run(["compare", "out", "--output", "page.html"], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let page = try String(contentsOfFile: folder + "/page.html", encoding: .utf8)
    for (place, trial) in found.enumerated() {
      let name = "learning-rate=\(trial.options["learning-rate"] ?? "")"
      #expect(page.contains(name) == (place == best) && outcome.output.contains(name) == (place == best))
    }
    let named = try Program.tessera.run(["compare", "out", "out/trial-001", "--names", "a,b"], in: folder)
    #expect(named.status == 0, "\(named.errors)")
    let few = try Program.tessera.run(["compare", "out", "out/trial-001", "--names", "a"], in: folder)
    #expect(few.errorLines.first == "Error: --names must name each of the 2 runs; got 1")
  }

  /// The sweep alone is killed, so a trial goes on without it, or both.
  @Test(arguments: [[2, 8, 14], [5, 6, 21]]) func aKilledSweepContinuesExactly(moments: [Int]) throws {
    try withTemporaryFolder { folder in
      try write(file(rates, halving), to: folder + "/sweep.json")
      let whole = try sweep(folder, "whole")
      try #require(whole.status == 0, "\(whole.errors)")
      for (number, moment) in moments.enumerated() {
        let running = try Program.tessera.start(["sweep", "sweep.json", "--output", "killed"], in: folder)
        let start = ContinuousClock.now
        while running.process.isRunning, lines(in: folder + "/killed") < moment, start.duration(to: .now) < .seconds(60)
        {
          Thread.sleep(forTimeInterval: 0.002)
        }
        let children = number % 2 == 1 ? Self.children(of: running.process.processIdentifier) : []
        for process in [running.process.processIdentifier] + children { kill(process, SIGKILL) }
        _ = try running.wait()
      }
      let last = try sweep(folder, "killed")
      try #require(last.status == 0, "\(last.errors)")
      #expect(try contents(folder + "/killed/sweep.json") == contents(folder + "/whole/sweep.json"))
      for number in 1...3 {
        #expect(try Evidence("\(folder)/killed/trial-00\(number)") == Evidence("\(folder)/whole/trial-00\(number)"))
      }
    }
  }

  /// All lines that the trials have written.
  private func lines(in folder: String) -> Int {
    (1...3).reduce(0) { sum, number in
      sum + ((try? contents("\(folder)/trial-00\(number)/metrics.jsonl"))?.count { $0 == UInt8(ascii: "\n") } ?? 0)
    }
  }

  private static func children(of parent: pid_t) -> [pid_t] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(pid_t.init).filter { process in
      // Behind the name, which is in parentheses, stand the state and the parent.
      let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      let words = stat.split(separator: ")").last?.split(separator: " ") ?? []
      return words.count > 1 && pid_t(words[1]) == parent
    }
  }

  @Test func aRequestToEndSavesTheTrialThatTrains() throws {
    try withTemporaryFolder { folder in
      let long = file(rates).replacing(#""steps-per-epoch": 5"#, with: #""steps-per-epoch": 500"#)
      try write(long, to: folder + "/sweep.json")
      let running = try Program.tessera.start(["sweep", "sweep.json", "--output", "out"], in: folder)
      let start = ContinuousClock.now
      while lines(in: folder + "/out") < 3, start.duration(to: .now) < .seconds(60) {
        Thread.sleep(forTimeInterval: 0.005)
      }
      kill(running.process.processIdentifier, SIGINT)
      let outcome = try running.wait()
      #expect(outcome.status == 130)
      #expect(outcome.errorLines.last == "hint: the same command continues the sweep in out")
      #expect(try RunStatus(ofRun: folder + "/out/trial-001").state == .interrupted)
      #expect(try trials(folder + "/out").map(\.state) == ["waiting", "waiting", "waiting"])
      let none = try Program.tessera.run(["compare", "out"], in: folder)
      #expect(none.errorLines.first == "Error: no trial of the sweep in out has an epoch yet")
    }
  }

  @Test func trialsThatDivergeOrFailAreToldAndTheRestGoesOn() throws {
    try withTemporaryFolder { folder in
      let search = #""class-weights": [null, "1,2"], "learning-rate": [0.001, 1e30], "optimizer": ["sgd"]"#
      try write(file(search, #", "launcher": "env TESSERA_TEST=1""#), to: folder + "/sweep.json")
      let outcome = try sweep(folder)
      #expect(outcome.status == 1)
      let found = try trials(folder + "/out")
      #expect(found.map(\.state) == ["finished", "diverged", "failed", "failed"])
      #expect(found[1].epochs == 0 && found[1].score == nil && found[0].score != nil)
      #expect(found[2].reason?.contains("class") == true, "\(found[2].reason ?? "")")
      #expect(outcome.errorLines.contains { $0.hasPrefix("Warning: trial-003 failed: ") })
      #expect(outcome.output.contains("best: out/trial-001  (class-weights=none learning-rate=0.001 optimizer=sgd)"))
      #expect(
        try String(contentsOfFile: folder + "/out/trial-002.log", encoding: .utf8).contains("Error: the loss became"))
      // If the first one cannot be trained, nobody waits for the others.
      try write(file(#""data": ["nowhere", "neither"]"#), to: folder + "/sweep.json")
      let lost = try sweep(folder, "lost")
      #expect(lost.status == 1)
      #expect(
        lost.errorLines.first?.hasPrefix(
          "Error: trial-001 failed before any trial had an epoch: nowhere: there is no such folder") == true,
        "\(lost.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder + "/lost/trial-002"))
      // Corrected, it is done in the same folder.
      try write(file(rates), to: folder + "/sweep.json")
      #expect(try sweep(folder, "lost").status == 0)
    }
  }

  @Test func foldersOfOtherThingsAreRefused() throws {
    try withTemporaryFolder { folder in
      try write("a", to: folder + "/other/notes.txt")
      try write(file(rates), to: folder + "/sweep.json")
      expectFailure(
        try sweep(folder, "other"), "Error: other holds notes.txt and no sweep; choose another --output")
      try write(
        #"{"format":1,"network":"unet","metric":"meanIoU","trials":[{"options":{},"words":["--seed","1"],"planned":1,"#
          + #""epochs":0,"state":"waiting"}]}"#, to: folder + "/former/sweep.json")
      try write("{}", to: folder + "/former/trial-001/config.json")
      let former = try sweep(folder, "former")
      #expect(
        former.errors.hasPrefix("Error: former holds another sweep, in which trial-001 is '--seed 1' instead of '"),
        "\(former.errors)")
      try write(#"{"format":2}"#, to: folder + "/damaged/sweep.json")
      expectFailure(
        try sweep(folder, "damaged"),
        #"Error: damaged/sweep.json cannot be read: "format" is 2, which lies outside 1...1; remove it, and "#
          + "'sweep FILE --output damaged' writes it anew from the trials' folders")
    }
  }
}
