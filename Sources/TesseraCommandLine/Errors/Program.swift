import ArgumentParser
import Foundation
import Tessera
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
    var isParsed = false
    var ranks: Ranks?
    // For the other ranks; of help, which ends a rank as well.
    var failure: String? = "it was only asked for help"
    do {
      try ProcessLimits.check()
      ranks = try Ranks.joined()
      let words = ArgumentList.withNegativeNumbers(Array(CommandLine.arguments.dropFirst()))
      if configuration.subcommands.contains(where: { $0 == TrainGroup.self }) {
        isParsed = true
        try TrainingInvocation.check(words)
        isParsed = false
      }
      var command = try await asyncParseAsRoot(words)
      isParsed = true
      let isOwn = configuration.subcommands.contains { own in
        ([own] + own.configuration.subcommands).contains { $0 == type(of: command) }
      }
      if let ranks, isOwn, !(command is any SharedCommand) {
        guard let starting = command as? any RankStartingCommand else {
          throw RanksError.notShared(command: invocation)
        }
        throw RanksError.startsRanks(command: invocation, how: starting.rankStarting(ranks.group.rankCount))
      }
      try await Ranks.$current.withValue(ranks) {
        if var asynchronous = command as? any AsyncParsableCommand {
          try await asynchronous.run()
        } else {
          try command.run()
        }
      }
      failure = nil
    } catch {
      code = exitCode(for: error).rawValue
      if code != ExitCode.success.rawValue { failure = message(for: error) }
      ranks?.speakFor(error)
      tell(error, isParsed: isParsed)
    }
    if code == ExitCode.success.rawValue, let fault = StandardStream.output.fault {
      code = fault == EPIPE ? 128 + SIGPIPE : ExitCode.failure.rawValue
      if fault != EPIPE { Notice.error.write("standard output cannot be written: \(systemReason(of: fault))") }
    }
    ranks?.leave(after: failure)
    Foundation.exit(code)
  }

  /// Help and versions go to standard output, failures to standard error; exit codes have no words.
  ///
  /// - Parameter isParsed: whether the command refused its words only when it ran: then the parser does not know whose
  ///   usage to show.
  private static func tell(_ error: any Error, isParsed: Bool) {
    let full = fullMessage(for: error)
    if full.isEmpty { return }
    guard exitCode(for: error) != .success else { return print(full) }
    guard full.hasPrefix(Notice.error.rawValue + " ") else { return StandardStream.errors.writeLine(full) }
    let (message, words) = (message(for: error), Array(CommandLine.arguments.dropFirst()))
    let hint = Hint.line(
      for: error, isUsage: exitCode(for: error) == .validationFailure, message: message, arguments: words,
      subcommands: configuration.subcommands.map { $0.configuration.commandName ?? "" })
    // What the message names is not said again.
    let all = (error as? any ItemizedError)?.items ?? []
    let items = all.allSatisfy(message.contains) ? [] : all
    let isSeen = Terminal.standardError.canRedraw
    let advice = hint ?? (isSeen && !items.isEmpty ? "2> FILE writes all \(items.count) names to a file" : nil)
    // Usage follows the message of a wrong command line.
    let parsers = full.dropFirst(Notice.error.rawValue.count + 1 + message.count)
    let usage =
      isParsed && !parsers.isEmpty
      ? "\nUsage: \(invocation) <options>\n  See '\(invocation) --help' for more information." : String(parsers)
    StandardStream.errors.writeLine(
      Notice.error.line(network?.lacks(inMessage: message) ?? message)
        + (advice.map { "\n" + Notice.hint.line($0) } ?? "") + usage)
    // A terminal shows what fits on it; a file or a program gets everything.
    if !isSeen { for item in items { StandardStream.errors.writeLine("  \(item.safeOnOneLine)") } }
  }

  /// The network that the command line trains.
  private static var network: (any NetworkConfiguration.Type)? {
    let words = CommandLine.arguments.dropFirst()
    let name =
      words.first.map(TrainingInvocation.names.contains) ?? false ? words.dropFirst().first : configuration.commandName
    return name.flatMap { NetworkCatalog.current[$0] }
  }

  /// The program and the subcommands that were named: `tessera train unet`.
  private static var invocation: String {
    var (names, command) = ([configuration.commandName ?? ""], self as any ParsableCommand.Type)
    for word in CommandLine.arguments.dropFirst() {
      guard let next = command.configuration.subcommands.first(where: { $0.configuration.commandName == word }) else {
        break
      }
      names.append(word)
      command = next
    }
    return names.joined(separator: " ")
  }
}
