import ArgumentParser
import Tessera
import TesseraCommandLine
import TesseraReports

/// Writes runs' pages again.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the report.html of runs again from their files.",
    discussion: """
      Trainers write it behind every epoch; this is for runs of other versions, runs that were killed, and after a move.
      """)

  @Argument(help: "Folders of runs.")
  var runs: [String]

  func run() throws {
    for folder in runs {
      let record = try RunRecord(contentsOf: folder)
      let isRunning = RunFolder.isInUse(folder)
      print("wrote \(try (isRunning ? record : record.withoutProcess).writePage())")
    }
  }
}
