import ArgumentParser

/// The options for when a run is saved and when it ends: none of them changes what it computes.
package struct SavingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The run's folder; refused if it holds a run, except with --resume. Default: runs/<model>-<date>.",
      valueName: "dir"), completion: .directory)
  package var output: String?

  @Flag(
    help: ArgumentHelp(
      "Resume from the last checkpoint of the run in --output, with the same bits as if it had never stopped. Options "
        + "are the run's own; those that do not change what it computes (--epochs, --threads, --data of the same "
        + "files, ...) can be given again."))
  package var resume = false

  @Flag(
    help: ArgumentHelp(
      "With --resume: continue even if files of --data have changed since the run last used them. Files that the run "
        + "itself reported as damaged may change without this."))
  package var acceptChangedData = false

  @Option(help: ArgumentHelp("Also save this often within an epoch.", valueName: "minutes"))
  package var saveEvery = 10.0

  @Option(help: ArgumentHelp("Keep the weights of this many of the best epochs.", valueName: "n"))
  package var keepBest = 1

  @Option(help: ArgumentHelp("End after this many epochs without a better score (mean IoU).", valueName: "n"))
  package var patience: Int?

  @Option(
    help: ArgumentHelp(
      "Finish the step, save and end after this time; --resume continues.", valueName: "minutes"))
  package var timeLimit: Double?

  package init() {}

  package mutating func validate() throws {
    func check(_ condition: Bool, _ message: String) throws { if !condition { throw ValidationError(message) } }
    try requireOption("--keep-best", keepBest, in: 1...1_000_000)
    try requireOption("--patience", patience ?? 1, in: 1...1_000_000)
    // Longer than any machine runs, and short enough to be a duration.
    try check((0...1e9).contains(saveEvery), "--save-every must lie in 0...1e9 minutes; got \(saveEvery)")
    try check((0...1e9).contains(timeLimit ?? 0), "--time-limit must lie in 0...1e9 minutes; got \(timeLimit ?? 0)")
    try check(resume || !acceptChangedData, "--accept-changed-data needs --resume: a new run takes data as they are")
    try check(!resume || output != nil, "--resume needs --output, the folder of the run to resume")
  }
}
