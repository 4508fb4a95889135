import ArgumentParser
import Foundation
import Tessera
import TesseraInspection
import TesseraTerminal

/// Searches for good options of a training.
struct SweepCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "sweep",
      abstract: "Search for good options of 'train' on a grid or at random, and stop the hopeless trials early.",
      discussion: """
        FILE is JSON: {"network": "\(SweepFile.anyNetwork)", "options": {"data": "DIR", "epochs": 9}, "search": {"optimizer": \
        ["adam", "sgd"], "learning-rate": [0.001, 0.01]}, "halving": {"eta": 3, "least-epochs": 1}}; docs/tuning.md \
        describes it. Each trial is a run with a folder of its own. The same command continues a sweep that was \
        interrupted or killed: what is done is not done again. 'compare DIR' draws the trials that were not stopped.
        """)
  }

  @Argument(help: "What to search.", completion: .file(extensions: ["json"]))
  var file: String

  @Option(
    help: ArgumentHelp(
      "The sweep's folder, which may hold this sweep already. Default: runs/ and the file's name.", valueName: "dir"),
    completion: .directory)
  var output: String?

  @Flag(help: "Check everything, list the trials with their options, and train nothing.")
  var dryRun = false

  func run() async throws {
    let sweep = try Sweep(contentsOf: file)
    print(sweep.description)
    if dryRun {
      for trial in sweep.trials {
        print(
          Terminal.standardOutput.shown("\(trial.name)  \(trial.words.map(\.quotedForShell).joined(separator: " "))"))
      }
      return
    }
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    let folder = output ?? "runs/\(name)"
    var runner = try SweepRunner(sweep, in: folder)
    do {
      try await interruptible { try runner.run() }
    } catch let code as ExitCode {
      Notice.hint.write("the same command continues the sweep in \(folder)")
      throw code
    }
    print(SweepTable(runner.record).text)
    print(Terminal.standardOutput.shown("\nwrote \(folder)/\(SweepRecord.fileName)"))
    try tellBest(of: runner.record, in: folder)
  }

  private func tellBest(of record: SweepRecord, in folder: String) throws {
    if let best = record.survivors.first, record.trials[best].score != nil {
      print(
        Terminal.standardOutput.shown(
          "best: \(folder)/\(SweepTrial.name(best + 1))  (\(record.trials[best].label))"))
      let program = URL(fileURLWithPath: CommandLine.arguments[0]).lastPathComponent
      Notice.hint.write(
        "\(program) compare \(folder.quotedForShell) --output \("\(folder)/comparison.html".quotedForShell) draws the best"
      )
    } else {
      Notice.warning.write("no trial has a score: the rates may be too high")
    }
    let failed = record.trials.indices.filter { record.trials[$0].state == .failed }
    for place in failed {
      Notice.warning.write("\(SweepTrial.name(place + 1)) failed: \(record.trials[place].reason ?? "")")
    }
    if !failed.isEmpty { throw ExitCode.failure }
  }
}

extension SweepCommand: RankStartingCommand {
  func rankStarting(_ ranks: Int) -> String {
    " for each trial; start it without mpirun, and with \"launcher\": \"mpirun -n \(ranks)\" in its file"
  }
}
