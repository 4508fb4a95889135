import ArgumentParser
import Tessera
import TesseraReports
import TesseraTerminal

/// Rewrites the pages of runs.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Rewrite the report.html of runs from their files.",
    discussion: """
      Trainers write it after each epoch; this is for runs of other versions, and runs that were killed or moved.
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
  /// Reads a run for a command: checks whether its process is still there, and reports what is left out on standard
  /// error.
  init(ofFolder folder: String) throws(RunRecordError) {
    let run = try RunRecord(contentsOf: folder)
    for note in run.notes { Notice.warning.write("\(folder): \(note)") }
    self = RunFolder.isInUse(folder) ? run : run.withoutProcess
  }
}
