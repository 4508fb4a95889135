import Foundation

/// This program's training of a network, run as a separate process so it can be killed.
struct TrainerProgram {
  private let name: String
  private let path: String
  private let options: [String]

  init(_ name: String, options: [String]) {
    path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    self.name = name
    self.options = options
  }

  /// Runs it to the end and returns the seconds that it took.
  func run(into folder: String) throws -> Double {
    let seconds = try ContinuousClock().measure { try finish(try start(options + ["--output", folder])) }
    return seconds / .seconds(1)
  }

  /// Runs it, kills it whenever the given number of steps is done, resumes it each time, and lets it end.
  ///
  /// - Returns: how many steps were done at each kill.
  func run(into folder: String, killedAtLines moments: [Int]) throws -> [String] {
    var kills: [String] = []
    var arguments = options + ["--output", folder, "--save-every", "0"]
    for (number, moment) in moments.enumerated() {
      let process = try start(arguments)
      while process.isRunning, try steps(in: folder) < moment { Thread.sleep(forTimeInterval: 0.002) }
      // Somewhere within a step, or while it is being saved.
      Thread.sleep(forTimeInterval: Double.random(in: 0..<0.05))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      kills.append("\(try steps(in: folder))")
      arguments = ["--resume", "--output", folder, "--save-every", "0", "--threads", "\(number % 3 + 1)"]
    }
    try finish(try start(arguments))
    return kills
  }

  private func steps(in folder: String) throws -> Int {
    guard FileManager.default.fileExists(atPath: folder + "/metrics.jsonl") else { return 0 }
    return try RunEvidence.metrics(in: folder).count { $0.contains("\"event\":\"step\"") }
  }

  private func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [TrainGroup.name, name] + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = Pipe()
    try process.run()
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
