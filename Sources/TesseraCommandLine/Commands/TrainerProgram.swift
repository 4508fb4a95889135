import Foundation
import Tessera

/// This program's training of a network, run as a separate process, or several, so it can be killed.
struct TrainerProgram {
  private let name: String
  private let path: String
  private let options: [String]
  /// What starts several processes of it; empty for one.
  private let launcher: [String]
  /// By which the processes are found that a launcher starts.
  private let mark = (name: "TESSERA_STARTED_BY", value: UUID().uuidString)

  init(_ name: String, options: [String], launcher: [String] = []) {
    path = OwnProgram.path
    self.name = name
    self.options = options
    self.launcher = launcher
  }

  /// Runs it to the end and returns the seconds that it took.
  func run(into folder: String) throws -> Double {
    let seconds = try ContinuousClock().measure { try finish(try start(options + ["--output", folder])) }
    return seconds / .seconds(1)
  }

  /// Runs it, kills it whenever the given number of steps is done, resumes it each time, and lets it end.
  ///
  /// - Returns: how many steps were done at each kill; of several processes also which one was killed.
  func run(into folder: String, killedAtLines moments: [Int]) throws -> [String] {
    var kills: [String] = []
    var arguments = options + ["--output", folder, "--save-every", "0"]
    for (number, moment) in moments.enumerated() {
      let process = try start(arguments)
      while process.isRunning, try steps(in: folder) < moment { Thread.sleep(forTimeInterval: 0.002) }
      // Somewhere within a step, or while it is being saved.
      Thread.sleep(forTimeInterval: Double.random(in: 0..<0.05))
      let rank = try killOne(of: process)
      process.waitUntilExit()
      kills.append("\(try steps(in: folder))" + (rank.map { " (rank \($0))" } ?? ""))
      arguments = ["--resume", "--output", folder, "--save-every", "0", "--threads", "\(number % 3 + 1)"]
    }
    try finish(try start(arguments))
    return kills
  }

  /// Kills the process, or one of those that the launcher has started here.
  ///
  /// - Returns: that one's rank.
  private func killOne(of process: Process) throws -> Int? {
    if launcher.isEmpty {
      kill(process.processIdentifier, SIGKILL)
      return nil
    }
    // Where all have ended just now, the launcher ends a little later.
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      if let (id, rank) = ranks().randomElement() {
        kill(id, SIGKILL)
        return rank
      }
      if !process.isRunning { return nil }
      Thread.sleep(forTimeInterval: 0.01)
    }
    process.terminate()
    process.waitUntilExit()
    throw ResumeProofError.noRankHere(launcher: launcher.joined(separator: " "))
  }

  /// The processes on this machine that the launcher has started, with their ranks.
  private func ranks() -> [(id: pid_t, rank: Int)] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return all.compactMap { name in
      guard let id = pid_t(name), let bytes = FileManager.default.contents(atPath: "/proc/\(id)/environ") else {
        return nil
      }
      let variables = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      let environment = Dictionary(
        variables.map { variable in
          let name = variable.prefix { $0 != "=" }
          return (String(name), String(variable.dropFirst(name.count + 1)))
        }, uniquingKeysWith: { first, _ in first })
      guard environment[mark.name] == mark.value, let process = LaunchedProcess(environment: environment) else {
        return nil
      }
      return (id, process.rank)
    }
  }

  private func steps(in folder: String) throws -> Int {
    guard FileManager.default.fileExists(atPath: folder + "/metrics.jsonl") else { return 0 }
    return try RunEvidence.metrics(in: folder).count { $0.contains("\"event\":\"step\"") }
  }

  private func start(_ arguments: [String]) throws -> Process {
    let process = process(arguments)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = Pipe()
    try process.run()
    return process
  }

  /// The process that trains with these options, not yet started.
  func process(_ arguments: [String]) -> Process {
    let process = Process()
    let words = [TrainGroup.name, name] + arguments
    process.executableURL = URL(fileURLWithPath: launcher.isEmpty ? path : "/usr/bin/env")
    process.arguments = launcher.isEmpty ? words : launcher + [path] + words
    process.environment = ProcessInfo.processInfo.environment.merging([mark.name: mark.value]) { $1 }
    process.standardInput = FileHandle.nullDevice
    return process
  }

  private func finish(_ process: Process) throws {
    // Read to its end first: a full pipe would keep the trainer waiting.
    let errors = try (process.standardError as? Pipe)?.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let message = String(decoding: errors, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      throw ResumeProofError.trainerFailed(name, status: process.terminationStatus, message)
    }
  }
}
