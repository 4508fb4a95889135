import Foundation
import Testing

/// One of the package's programs, as it is built beside these tests.
struct Program: Sendable, CustomTestStringConvertible {
  let name: String

  static let unet = Program(name: "unet")
  static let fcnn = Program(name: "fcnn")
  static let tessera = Program(name: "tessera")

  var testDescription: String { name }

  /// What a run left behind.
  struct Outcome {
    let status: Int32
    let output: String
    let errors: String

    /// The lines on standard error.
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
  }

  /// The folder that holds the programs: the one that the test bundle lies in.
  static let folder: URL? = {
    let bundle = URL(filePath: CommandLine.arguments[0]).standardizedFileURL
    let candidates = [bundle, Bundle.main.bundleURL].map { $0.deletingLastPathComponent() } + [Bundle.main.bundleURL]
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0.appending(path: "unet").path) }
  }()

  /// Starts it with `arguments` in `folder`; standard output and standard error go to files.
  ///
  /// - Parameters:
  ///   - environment: further variables.
  ///   - launcher: a program and its arguments that starts it.
  func start(
    _ arguments: [String], in folder: String, environment: [String: String] = [:], by launcher: [String] = []
  ) throws -> Running {
    let process = Process()
    let colors = ["NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"]
    process.environment = ProcessInfo.processInfo.environment.filter { !colors.contains($0.key) }
      .merging(environment) { $1 }
    let program =
      name.hasPrefix("/")
      ? URL(filePath: name)
      : try #require(Self.folder, "the programs are not beside the tests").appending(path: name)
    process.executableURL = launcher.first.map { URL(filePath: $0) } ?? program
    process.arguments = launcher.isEmpty ? arguments : launcher.dropFirst() + [program.path] + arguments
    process.currentDirectoryURL = URL(filePath: folder)
    let id = UUID().uuidString
    let files = ["out", "err"].map { FileManager.default.temporaryDirectory.appending(path: "tessera-\(id).\($0)") }
    for file in files { try Data().write(to: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    return Running(process: process, output: files[0], errors: files[1])
  }

  /// Runs it in a shell's command, which names it `$PROGRAM`.
  func run(shell command: String, in folder: String) throws -> Outcome {
    let path = try #require(Self.folder, "the programs are not beside the tests").appending(path: name).path
    return try Program(name: "/bin/sh").start(["-c", command], in: folder, environment: ["PROGRAM": path]).wait()
  }

  /// Runs it to its end.
  @discardableResult
  func run(
    _ arguments: [String], in folder: String, environment: [String: String] = [:], by launcher: [String] = []
  ) throws -> Outcome {
    try start(arguments, in: folder, environment: environment, by: launcher).wait()
  }

  /// A program that runs.
  struct Running {
    let process: Process
    fileprivate let output: URL
    fileprivate let errors: URL

    func wait() throws -> Outcome {
      process.waitUntilExit()
      defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
      // A signal that nobody caught is an outcome of its own.
      let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
      return Outcome(
        status: status, output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8))
    }
  }
}

/// A failure has the code 1 and one line on standard error, behind which may stand a hint.
func expectFailure(
  _ outcome: Program.Outcome, _ line: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(outcome.status == 1, sourceLocation: sourceLocation)
  let hints = outcome.errorLines.dropFirst()
  #expect(
    hints.count <= 1 && hints.allSatisfy { $0.hasPrefix("hint: ") }, "\(outcome.errors)", sourceLocation: sourceLocation
  )
  if let line { #expect(outcome.errorLines.first == line, sourceLocation: sourceLocation) }
}
