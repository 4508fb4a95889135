import ArgumentParser
import Tessera
import TesseraReports
import TesseraTerminal

/// Writes runs' pages again.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write the report.html of runs again from their files.",
    discussion: """
      Trainers write it after each epoch; this is for runs of other versions, runs that were killed, and after a move.
      """)

  @Argument(help: "Folders of runs.", completion: .directory)
  var runs: [String]

  func run() throws {
    for folder in runs {
      let run = try RunRecord(ofFolder: folder)
      print(Terminal.standardOutput.shown("wrote \(try run.writePage())"))
    }
  }
}

extension RunRecord {
  /// Reads a run for a command: whether its process is there is looked up, and what is left out is told on standard
  /// error.
  init(ofFolder folder: String) throws(RunRecordError) {
    let run = try RunRecord(contentsOf: folder)
    for note in run.notes { Notice.warning.write("\(folder): \(note)") }
    self = RunFolder.isInUse(folder) ? run : run.withoutProcess
  }
}
