import ArgumentParser
import Foundation
import TesseraTerminal

extension AsyncParsableCommand {
  /// Runs a program from its first word to its exit code: what goes wrong becomes a line on standard error, and behind
  /// it a line with what to do, where there is something.
  public static func runProgram() async {
    do {
      var command = try await asyncParseAsRoot(nil)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      fflush(nil)
      let text = report(of: error)
      if let text { FileHandle.standardError.write(Data(text.utf8)) }
      exit(withError: text == nil ? error : ExitCode(exitCode(for: error).rawValue))
    }
  }

  /// `nil` for what is no failure, and for exit codes without words.
  private static func report(of error: any Error) -> String? {
    let full = fullMessage(for: error)
    guard exitCode(for: error) != .success, full.hasPrefix(Notice.error.rawValue + " ") else { return nil }
    let message = message(for: error)
    let hint = Hint.line(
      for: error, message: message, arguments: Array(CommandLine.arguments.dropFirst()),
      subcommands: configuration.subcommands.map { $0.configuration.commandName ?? "" })
    // Usage follows the message of a wrong command line.
    let usage = full.dropFirst(Notice.error.rawValue.count + 1 + message.count)
    return Notice.error.line(message) + (hint.map { "\n" + Notice.hint.line($0) } ?? "") + usage + "\n"
  }
}
