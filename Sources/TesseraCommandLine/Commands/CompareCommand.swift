import ArgumentParser
import Foundation
import Tessera
import TesseraFiles
import TesseraReports
import TesseraTerminal

/// Draws the curves of runs over each other, as a picture or in a page, and prints a table of their results.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Draw the curves of runs over each other, and show how the runs differ.",
    discussion: """
      Reads config.json and metrics.jsonl of each run's folder; unfinished runs count as far as they got. A sweep's \
      folder stands for its best trials, at most ten, of those that were not stopped. Files, such as the logs of trials \
      in 'compare DIR/trial-0*', are left out.
      """)

  @Argument(help: "Folders of runs, or of sweeps.", completion: .directory)
  var runs: [String]

  @Option(
    help: ArgumentHelp(
      "The picture (.svg), or a page that also shows classes, options and times (.html); an existing file is replaced.",
      valueName: "file"))
  var output = "comparison.svg"

  @Option(
    help: ArgumentHelp(
      "What to draw, one panel each; may be repeated: loss, accuracy, learningRate (per step), validationLoss, "
        + "validationAccuracy, meanIoU (per epoch). Default: loss, validationLoss, meanIoU; for a "
        + "page, validationAccuracy too.",
      valueName: "name"))
  var metric: [RunMetric] = []

  @Option(
    help: ArgumentHelp(
      "Draw loss and accuracy as means over n steps. Default: a fortieth of the longest run.", valueName: "n"))
  var smooth: Int?

  @Flag(help: "Draw every step unsmoothed.")
  var steps = false

  @Option(help: ArgumentHelp("The runs' names, in order. Default: the folders'.", valueName: "a,b,..."))
  var names: String?

  private var chosenNames: [String]? {
    names.map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }

  func validate() throws {
    try requireOption("--smooth", smooth ?? 1, in: 1...1_000_000)
    if steps && smooth != nil { throw ValidationError("give either --steps or --smooth") }
    guard output.hasSuffix(".svg") || output.hasSuffix(".html") else {
      throw ValidationError("--output must end in .svg (the curves) or .html (a page); got \(output)")
    }
    if let chosen = chosenNames {
      let count = try choice().runs.count
      guard chosen.count == count else {
        throw ValidationError("--names must name each of the \(count) runs; got \(chosen.count)")
      }
      guard !chosen.contains(""), Set(chosen).count == chosen.count else {
        throw ValidationError("--names must be distinct and not empty; got \(names ?? "")")
      }
    }
  }

  /// What is compared.
  private struct Choice {
    /// A folder each, of a sweep's trials with what was searched.
    var runs: [(path: String, label: String?)] = []
    /// How many there were to choose from.
    var total = 0
    /// What was left out.
    var notes: [String] = []
  }

  /// The runs' folders: of a sweep, those of its best trials.
  private func choice() throws -> Choice {
    let files = runs.filter(isFile)
    var choice = Choice()
    // If there is nothing else, reading says what they are.
    for path in files.count == runs.count ? runs : runs.filter({ !isFile($0) }) {
      guard let sweep = try SweepRecord(in: path) else {
        choice.runs.append((path, nil))
        choice.total += 1
        continue
      }
      let survivors = sweep.survivors
      if survivors.isEmpty { throw ValidationError("no trial of the sweep in \(path) has an epoch yet") }
      choice.runs += survivors.map { ("\(path)/\(SweepTrial.name($0 + 1))", sweep.trials[$0].label) }
      choice.total += sweep.trials.count
      if survivors.count < sweep.trials.count {
        choice.notes.append(
          "\(path): \(survivors.count) of \(sweep.trials.count) trials, the best of those that were not stopped")
      }
    }
    if !files.isEmpty {
      choice.notes.append(
        "left out \(counted(files.count, "file")), as runs are folders: \(files.firstFew)")
    }
    return choice
  }

  func run() throws {
    let choice = try choice()
    let folders = choice.runs
    let records = try folders.map { try RunRecord(ofFolder: $0.path) }
    for note in choice.notes { Notice.note.write(note) }
    // Trials are told apart by what was searched, where that is short enough to be read beside a curve.
    let labels = folders.compactMap(\.label)
    let isOneSweep = runs.count == 1 && labels.count == folders.count
    let names = chosenNames ?? (isOneSweep && labels.allSatisfy { $0.count <= RunTable.longest } ? labels : nil)
    let isPage = output.hasSuffix(".html")
    let comparison = try RunComparison(
      records, names: names, metrics: metric.isEmpty ? nil : metric,
      usual: isPage ? RunMetric.usualOnPages : RunMetric.usual, chosenFrom: choice.total)
    let window = steps ? 1 : smooth ?? comparison.usualWindow
    let folder = (output as NSString).deletingLastPathComponent
    if !folder.isEmpty { try makeOutputFolder(folder) }
    do {
      let text =
        isPage
        ? ComparisonPage(of: comparison, smoothedOver: window).html : comparison.chart(smoothedOver: window).svg
      try AtomicFile.write([UInt8](text.utf8), to: output, isDurable: false)
    } catch {
      throw RunRecordError.unwritable(output, reason: error.reason)
    }
    print(RunTable(comparison).text)
    print(Terminal.standardOutput.shown("\nwrote \(output)"))
  }
}

extension RunMetric: ExpressibleByArgument {}
