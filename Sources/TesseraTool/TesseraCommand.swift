import ArgumentParser
import TesseraCommandLine

/// The tool for everything but training.
@main
struct TesseraCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera",
    abstract: "Look at, evaluate, apply, compare and time segmentation networks.", version: tesseraVersion,
    subcommands: [
      SummaryCommand.self, EvaluateCommand.self, PredictCommand.self, CompareCommand.self, BenchCommand.self,
    ])
}
