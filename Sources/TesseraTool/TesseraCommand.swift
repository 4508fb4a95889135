import ArgumentParser
import TesseraCommandLine

/// The tool for everything but training.
@main
struct TesseraCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera",
    abstract: "Look at, evaluate, apply and time segmentation networks.", version: tesseraVersion,
    subcommands: [
      SummaryCommand.self, ShowDataCommand.self, EvaluateCommand.self, PredictCommand.self, BenchCommand.self,
      BenchDataCommand.self,
    ])
}
