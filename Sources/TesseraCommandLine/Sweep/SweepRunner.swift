import Foundation
import Tessera
import TesseraFiles
import TesseraReports
import TesseraTerminal

/// Trains the trials of a sweep one after the other, each as a process of its own.
///
/// What has been done is read from the trials' own folders, so a sweep that was killed continues where it was: what is
/// decided follows from finished epochs, which are the same however often a run was stopped.
struct SweepRunner {
  private let sweep: Sweep
  private let folder: String
  /// Held by this process alone.
  private let lock: FileLock
  private let trainer: TrainerProgram
  private(set) var record: SweepRecord

  /// - Throws: `OutputFolderError`, `SweepError` if the folder holds something else, is in use or is damaged.
  init(_ sweep: Sweep, in folder: String) throws {
    try makeOutputFolder(folder)
    guard let lock = FileLock(folder: folder) else { throw SweepError.inUse(folder: folder) }
    self.lock = lock
    self.sweep = sweep
    self.folder = folder
    trainer = TrainerProgram(sweep.file.network.name, options: [], launcher: sweep.file.launcher)
    record = SweepRecord(of: sweep)
    AtomicFile.removeLeftovers(in: folder)
    let former = try SweepRecord(in: folder)
    let other = try former == nil ? FileManager.default.contentsOfDirectory(atPath: folder).min() : nil
    if let other, !record.hasBegun(in: folder) {
      throw SweepError.otherSweep(folder: folder, "\(other) and no sweep")
    }
    // A sweep that could not begin is corrected in its file.
    if let former, former.hasBegun(in: folder) { try former.check(isContinuedBy: record, in: folder) }
    try record.checkRuns(in: folder)
    if other != nil {
      Notice.note.write(
        "\(folder) has lost its \(SweepRecord.fileName), which is written anew from the trials' folders")
    }
    try record.write(to: folder)
  }

  /// Trains until the sweep is done or the task is canceled.
  ///
  /// - Throws: `CancellationError`, `SweepError.trialFailed`, or why files cannot be written.
  mutating func run() throws {
    var contenders = Array(sweep.trials.indices)
    let rungs = sweep.rungs
    for (level, rung) in rungs.enumerated() {
      for place in contenders { try train(place, to: min(rung.epochs, sweep.epochs[place])) }
      let next = level + 1 < rungs.count ? rungs[level + 1].trials : rung.trials
      let sound = record.ranked(contenders.filter { record.trials[$0].state == .contending })
      for place in sound.dropFirst(next) { record.trials[place].state = .stopped }
      contenders = sound.prefix(next).sorted()
    }
    for place in contenders { record.trials[place].state = .finished }
    try record.write(to: folder)
  }

  /// Trains a trial up to an epoch, unless it has been there.
  private mutating func train(_ place: Int, to epochs: Int) throws {
    let trial = sweep.trials[place]
    let run = "\(folder)/\(trial.name)"
    let line = StatusLine()
    try waitWhile(RunFolder.isInUse(run), every: 0.2) {
      line.draw("\(trial.name) is still trained by a process of a sweep that was killed: waiting for it")
    }
    if !take(run, place, upTo: epochs) {
      let log = "\(run).log"
      let reason = try start(trial, run, to: epochs, log: log) { seconds in
        line.draw("\(trial.name) of \(sweep.trials.count), to epoch \(epochs): \(Int(seconds)) s  (\(trial.label))")
      }
      line.clear()
      if !take(run, place, upTo: epochs) {
        guard record.trials.contains(where: { $0.epochs > 0 }) else {
          throw SweepError.trialFailed(trial.name, reason: reason, log: log)
        }
        record.trials[place].state = .failed
        record.trials[place].reason =
          (try? RunRecord(contentsOf: run)).flatMap { lost($0, place, upTo: epochs) } ?? reason
      }
      print(Terminal.standardOutput.shown("\(trial.name)  \(trial.label)  \(outcome(of: record.trials[place]))"))
    }
    try record.write(to: folder)
  }

  private func outcome(of trial: SweepRecord.Trial) -> String {
    switch trial.state {
    case .diverged: "diverged after epoch \(trial.epochs)"
    case .failed: "failed: \(trial.reason ?? "")"
    default:
      "epoch \(trial.epochs): \(record.metric.rawValue) " + (trial.score.map { String(format: "%.4f", $0) } ?? "-")
    }
  }

  /// Takes over what a run has come to, if it has come to `epochs` or to an end before.
  private mutating func take(_ run: String, _ place: Int, upTo epochs: Int) -> Bool {
    guard let found = try? RunRecord(contentsOf: run), let status = found.status else { return false }
    let done = found.epochs.count { $0.epoch <= epochs }
    // What happened later has no part in what is decided here.
    let isBroken = status.state == .failed && status.hasBrokenWeights && done < epochs
    let hasSaved = status.state == .interrupted || status.hasBrokenWeights
    let isFinished = status.state == .finished && lost(found, place, upTo: epochs) == nil
    guard isBroken || isFinished || (hasSaved && done >= epochs) else { return false }
    record.trials[place].epochs = done
    record.trials[place].score = found.outcome(of: record.metric, upTo: epochs)?.best
    record.trials[place].state = isBroken ? .diverged : .contending
    record.trials[place].reason = nil
    return true
  }

  /// What is to be done about a finished run that has lost epochs; `nil` if none are missing.
  private func lost(_ run: RunRecord, _ place: Int, upTo epochs: Int) -> String? {
    let wanted = min(epochs, sweep.epochs[place])
    // With patience a run may end earlier.
    guard !sweep.trials[place].words.contains("--patience"), run.status?.state == .finished,
      run.epochs.count(where: { $0.epoch <= wanted }) < wanted
    else { return nil }
    return
      "\(run.path)/metrics.jsonl lacks some of its \(counted(wanted, "epoch")); remove \(run.path), and the same command "
      + "trains it again"
  }

  /// Starts the trainer, or lets it resume, and waits for its end.
  ///
  /// - Returns: its last word, for the case that it failed.
  private func start(
    _ trial: SweepTrial, _ run: String, to epochs: Int, log: String, _ show: (_ seconds: Double) -> Void
  ) throws -> String {
    let isBegun = FileManager.default.fileExists(atPath: "\(run)/config.json")
    let words = isBegun ? ["--resume"] : trial.words
    let process = trainer.process(words + ["--output", run, "--stop-after", "\(epochs)"])
    if !FileManager.default.fileExists(atPath: log) { try writeOutputFile("", to: log) }
    let file = try FileHandle(forWritingTo: URL(filePath: log))
    let start = try file.seekToEnd()
    (process.standardOutput, process.standardError) = (file, file)
    try process.run()
    var isTold = false
    let begin = ContinuousClock.now
    while process.isRunning {
      if Task.isCancelled, !isTold {
        // It finishes its step and saves.
        process.terminate()
        isTold = true
      }
      show((ContinuousClock.now - begin) / .seconds(1))
      usleep(50_000)
    }
    try file.close()
    if Task.isCancelled { throw CancellationError() }
    let text = try String(decoding: RegularFile.bytes(of: log, atMost: 1 << 30).dropFirst(Int(start)), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline)
    let error = lines.last { $0.hasPrefix(Notice.error.rawValue) }?.dropFirst(Notice.error.rawValue.count + 1)
    return String(error ?? lines.last ?? "it said nothing, and ended with code \(process.terminationStatus)")
  }

  private func waitWhile(_ condition: @autoclosure () -> Bool, every seconds: Double, _ show: () -> Void) throws {
    while condition() {
      try Task.checkCancellation()
      show()
      usleep(UInt32(seconds * 1e6))
    }
  }
}
