import ArgumentParser
import Foundation
import Tessera

/// Proves on the user's machine that a killed and resumed run ends like one that was never killed.
struct VerifyResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-resume",
    abstract: "Train, kill, resume and compare: weights, optimizer and metrics must have the same bits.",
    discussion: """
      Trains once without interruption and once with kill -9 at random moments, each followed by --resume with another \
      number of threads. Without options for the trainer it uses a small network and the built-in scenes, and takes a \
      few seconds. With --launcher several processes train together, and one of them is killed each time.
      """)

  @Option(help: "\(NetworkName.choices). Default: \(NetworkCatalog.current.names.first ?? "none").")
  var model: NetworkName?

  @Option(help: ArgumentHelp("How often the run is killed.", valueName: "n"))
  var kills = 3

  @Option(
    help: ArgumentHelp(
      "What starts several processes: 'mpirun -n 4', with its own options. One of them must be on this machine.",
      valueName: "command"))
  var launcher = ""

  @Option(
    help: ArgumentHelp("Keep both runs in this folder, which must not exist.", valueName: "dir"), completion: .directory
  )
  var output: String?

  @Argument(
    parsing: .postTerminator,
    help: ArgumentHelp("The trainer's options, after --: its data, size, recipe and so on.", valueName: "option"))
  var options: [String] = []

  /// Small enough for seconds, and long enough to be killed in.
  private static let smallRun =
    "--width 8 --image-size 64 --epochs 3 --steps-per-epoch 20 --batch-size 4 --validation-steps 5"
    .split(separator: " ").map(String.init)

  func validate() throws {
    _ = try model?.network()
    try requireOption("--kills", kills, in: 1...1000)
    for option in ["--output", "--resume", "--save-every"] where options.contains(option) {
      throw ValidationError("\(option) is set by verify-resume itself; leave it out")
    }
  }

  func run() throws {
    let folder = try output ?? Self.temporaryFolder()
    defer { if output == nil { try? FileManager.default.removeItem(atPath: folder) } }
    guard output == nil || !FileManager.default.fileExists(atPath: folder) else {
      throw ValidationError("--output \(folder) exists already; name a new folder")
    }
    try makeOutputFolder(folder)
    let trainer = TrainerProgram(
      model?.name ?? NetworkCatalog.current.names.first ?? "", options: options.isEmpty ? Self.smallRun : options,
      launcher: launcher.split(separator: " ").map(String.init))
    let (whole, killed) = (folder + "/whole", folder + "/killed")
    let seconds = try trainer.run(into: whole)
    let steps = try RunEvidence(whole).steps
    print("uninterrupted: \(counted(steps, "step")) in \(String(format: "%.1f", seconds)) s")
    guard steps >= 2 else {
      throw ValidationError("a run of \(counted(steps, "step")) is too short to be killed halfway")
    }
    let moments = (0..<kills).map { _ in Int.random(in: 1..<steps) }.sorted()
    let kills = try trainer.run(into: killed, killedAtLines: moments)
    print("killed after \(kills.joined(separator: ", ")) steps, and resumed each time")
    let comparison = try RunEvidence(killed).compared(with: RunEvidence(whole))
    for line in comparison.lines { print(line) }
    guard comparison.isSame else { throw ResumeProofError.differs }
    print("resuming is exact on this machine")
  }

  private static func temporaryFolder() throws -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "tessera-verify-resume-\(UUID().uuidString)")
    return url.path
  }
}

extension VerifyResumeCommand: RankStartingCommand {
  func rankStarting(_ ranks: Int) -> String {
    ", to kill and resume them; start it without mpirun, and with --launcher 'mpirun -n \(ranks)'"
  }
}

/// Why the proof failed.
enum ResumeProofError: Error, CustomStringConvertible, LocalizedError, Equatable {
  case trainerFailed(String, status: Int32, String)
  /// None of the processes that a launcher started is on this machine.
  case noRankHere(launcher: String)
  case differs

  var description: String {
    switch self {
    case .trainerFailed(let name, let status, let message):
      "\(name) ended with code \(status): \(message.isEmpty ? "it said nothing" : message)"
    case .noRankHere(let launcher):
      "'\(launcher)' started none of its processes on this machine, where one would be killed; let it start one here"
    case .differs: "the resumed run differs from the uninterrupted one; keep both with --output and report it"
    }
  }
  var errorDescription: String? { description }
}
