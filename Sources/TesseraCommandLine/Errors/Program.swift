import ArgumentParser
import Foundation
import TesseraFiles
import TesseraTerminal

extension AsyncParsableCommand {
  /// Runs a program from its first word to its exit code: what goes wrong becomes a line on standard error, followed by
  /// a line with what to do, if there is something.
  ///
  /// No stream that others close ends it. If standard output did not take everything, success would be a lie: the
  /// exit code is 1 with a line, or, for a pipe that nobody reads anymore, 141 without one, as for any program in a
  /// pipe.
  package static func runProgram() async {
    StandardStream.prepare()
    var code = ExitCode.success.rawValue
    // Whose usage follows what a command refuses after its words were parsed.
    var running: any ParsableCommand.Type = self
    do {
      try ProcessLimits.check()
      var command = try await asyncParseAsRoot(nil)
      running = type(of: command)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      code = exitCode(for: error).rawValue
      tell(error, of: running)
    }
    if code == ExitCode.success.rawValue, let fault = StandardStream.output.fault {
      code = fault == EPIPE ? 128 + SIGPIPE : ExitCode.failure.rawValue
      if fault != EPIPE { Notice.error.write("standard output cannot be written: \(String(cString: strerror(fault)))") }
    }
    Foundation.exit(code)
  }

  /// Help and versions go to standard output, failures to standard error; exit codes have no words.
  private static func tell(_ error: any Error, of command: any ParsableCommand.Type) {
    let full = command.fullMessage(for: error)
    if full.isEmpty { return }
    guard exitCode(for: error) != .success else { return print(full) }
    guard full.hasPrefix(Notice.error.rawValue + " ") else { return StandardStream.errors.writeLine(full) }
    let message = command.message(for: error)
    let hint = Hint.line(
      for: error, message: message, arguments: Array(CommandLine.arguments.dropFirst()),
      subcommands: configuration.subcommands.map { $0.configuration.commandName ?? "" })
    // Usage follows the message of a wrong command line.
    let usage = full.dropFirst(Notice.error.rawValue.count + 1 + message.count)
    StandardStream.errors.writeLine(
      Notice.error.line(message) + (hint.map { "\n" + Notice.hint.line($0) } ?? "") + usage)
  }
}
