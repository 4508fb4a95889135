import ArgumentParser
import Foundation
import Tessera

/// Everything that a command-line program does.
struct TesseraCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: URL(fileURLWithPath: CommandLine.arguments.first ?? "tessera").lastPathComponent,
      abstract:
        "Train, evaluate, apply, export, compare and time segmentation networks, and look at the data they learn from.",
      version: tesseraVersion,
      subcommands: [
        TrainGroup.self, PlanGroup.self, FindRateGroup.self, SweepCommand.self, NetworksCommand.self,
        SummaryCommand.self, DownloadCommand.self, ShowDataCommand.self,
        DoctorCommand.self,
        EvaluateCommand.self,
        PredictCommand.self, ExportCommand.self, ImportCommand.self, CompareCommand.self, ReportCommand.self,
        ReviewCommand.self,
        VerifyResumeCommand.self,
        BenchCommand.self, BenchServingCommand.self, BenchDataCommand.self,
      ])
  }
}
