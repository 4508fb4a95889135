// When a run is saved and when it ends, what it tells and what it may take: only pieces of batches change what it
// computes.
extension RunSetting {
  static let memory: [RunSetting] = [
    RunSetting("maxMemory", "memory limit", .running, .free)
      .option(.value(optional: \.maxMemory, "size", must: MemorySize.rule))
      .help(
        "Train within this much memory, such as 2G or 1500M (of each process, if there are several): chooses --micro-batch "
          + "and --recompute where they are needed, the faster one that suffices; see docs/limits.md."),
    RunSetting("microBatch", "micro-batch", .length, .choice, as: .number)
      .option(.value(optional: \.microBatch, "n", must: .lie(in: 1...16_384)))
      .help(
        "Pictures of a batch that go through the network at a time; a step is still that of the whole batch. Batch "
          + "normalization sees the pieces. Default: all of them, or what --max-memory needs."),
    RunSetting("recomputesBlocks", "blocks computed twice", .running, .free)
      .option(.flag(\.recomputesBlocks, recordedIfSet: true), named: "recompute")
      .help(
        "Forget what the network's blocks compute, and compute it again for the gradients: less memory, a third to a half more "
          + "time, the same bits."),
  ]

  static let saving: [RunSetting] = [
    RunSetting("output", "folder", .running, .circumstance).option(.value(optional: \.output, "dir", at: .folder))
      .help("The run's folder; refused if it holds a run, except with --resume. Default: runs/<model>-<date>."),
    RunSetting("resume", "resumed", .running, .circumstance).option(.flag(\.resume), recorded: false)
      .help(
        "Resume from the last checkpoint of the run in --output, with the same bits as if it had never stopped. "
          + "Options are the run's own; those that do not change what it computes (--epochs, --threads, --data of "
          + "the same files, ...) can be given again."),
    RunSetting("acceptChangedData", "changed data accepted", .running, .circumstance)
      .option(.flag(\.acceptChangedData), recorded: false)
      .help(
        "With --resume: continue even if files of --data have changed since the run last used them. Files that the "
          + "run itself reported as damaged may change without this."),
    RunSetting("saveEvery", "saved every, minutes", .running, .free)
      .option(.value(\.saveEvery, "minutes", must: .minutes)).help("Also save this often within an epoch."),
    RunSetting("keepBest", "best epochs kept", .running, .free)
      .option(.value(\.keepBest, "n", must: .lie(in: 1...1_000_000)))
      .help("Keep the weights of this many of the best epochs."),
    RunSetting("patience", "patience, epochs", .length, .free)
      .option(.value(optional: \.patience, "n", must: .lie(in: 1...1_000_000)))
      .help("End after this many epochs without a better score (mean IoU)."),
    RunSetting("timeLimit", "time limit, minutes", .length, .free)
      .option(.value(optional: \.timeLimit, "minutes", must: .minutes))
      .help("Finish the step, save and end after this time; --resume continues."),
    RunSetting("stopAfter", "stopped after, epochs", .length, .circumstance)
      .option(.value(optional: \.stopAfter, "n", must: .lie(in: 1...1_000_000)), recorded: false)
      .help("Save and end after this epoch, with the schedule of all --epochs; --resume continues."),
    RunSetting("until", "until", .length, .circumstance)
      .option(.value(optional: \.until, "time", must: EndTime.rule), recorded: false)
      .help(
        "Train until this time, such as 07:00 or 2027-01-31T07:00 (a date's time may have seconds, 07:00:30, and a time "
          + "zone, Z or +01:00; otherwise the machine's counts): the speed is measured first, --epochs and the steps of "
          + "an epoch follow, so the schedule is complete shortly before. A resumed run keeps its schedule, and ends then."
      ),
  ]

  static let board: [RunSetting] = [
    RunSetting("histograms", "histograms every, epochs", .running, .free)
      .option(.value(\.histograms, "n", must: .lie(in: 0...1_000_000)))
      .help("Epochs from one set of histograms of weights and gradients to the next; 0 = none."),
    RunSetting("tensorBoard", "event files", .running, .free)
      .option(.flag(\.tensorBoard, sets: false), named: "no-tensorboard").help("Write no event files."),
  ]

  /// Of a run itself, and of the machine that it was on.
  static let circumstances: [RunSetting] = [
    RunSetting("started", "started", .running, .circumstance),
    RunSetting("arguments", "words of the command line", .running, .circumstance),
    RunSetting("format", "format of the record", .running, .circumstance),
    RunSetting("processor", "processor", .machine, .circumstance),
    RunSetting("cores", "cores", .machine, .circumstance),
    RunSetting("instructionSet", "vector instructions", .machine, .circumstance),
    RunSetting("matrixKernels", "matrix products", .machine, .circumstance),
    RunSetting("memoryMegabytes", "memory, MB", .machine, .circumstance),
    RunSetting("operatingSystem", "system", .machine, .circumstance),
    RunSetting("swift", "Swift", .machine, .circumstance),
    RunSetting("tessera", "Tessera", .machine, .circumstance),
  ]
}
