import ArgumentParser
import TesseraCommandLine

/// The tool for everything but training.
@main
struct TesseraCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera",
    abstract: "Look at, evaluate, apply, export, compare and time segmentation networks, and the data they learn from.",
    version: tesseraVersion,
    subcommands: [
      SummaryCommand.self, DownloadCommand.self, ShowDataCommand.self, EvaluateCommand.self, PredictCommand.self,
      ExportCommand.self, CompareCommand.self, ReportCommand.self, VerifyResumeCommand.self, BenchCommand.self,
      BenchDataCommand.self,
    ])
}
