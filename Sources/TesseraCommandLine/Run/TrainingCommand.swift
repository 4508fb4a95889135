import ArgumentParser
import Foundation
import Tessera

/// A program that trains one network: what `--resume` means is the same for all of them.
public protocol TrainingCommand: AsyncParsableCommand {
  var options: TrainingOptions { get }
  /// The network's name in messages and folders.
  static var networkName: String { get }
  /// What the image size must be a multiple of.
  static var sizeMultiple: Int { get }
  /// A file of another program that a part of the network begins with.
  var backboneWeights: String? { get }
  /// The network with the weights that it begins with.
  ///
  /// - Parameters:
  ///   - classes: outputs a pixel.
  ///   - random: where first weights are drawn from.
  ///   - resumption: a former run to go on with; where it has a checkpoint, that has the weights.
  func makeModel(classes: Int, random: RandomStream, resuming resumption: RunResumption?) throws
    -> any SegmentationModel
}

extension TrainingCommand {
  /// None.
  public var backboneWeights: String? { nil }

  public static func main() async { await runProgram() }

  public mutating func run() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard options.run.resume, let path = options.run.output else {
      return try await train(ArgumentList(arguments), resuming: nil)
    }
    let resumption = try RunResumption(of: path)
    guard resumption.model.name == Self.networkName else {
      throw ResumptionError.otherNetwork(path, name: resumption.model.name)
    }
    // Of an option that is given twice the last one counts: the run's own come first.
    let merged = ArgumentList(resumption.arguments + arguments)
    try await Self.parse(merged.words).train(merged, resuming: resumption)
  }

  private func train(_ arguments: ArgumentList, resuming resumption: RunResumption?) async throws {
    // Surveys and caches of the data, which come first, keep to the threads too.
    try await ComputeContext.$current.withValue(options.threads.map { ComputeContext(threads: $0) } ?? .current) {
      let session: TrainingSession
      do {
        session = try TrainingSession(
          Self.networkName, options: options, backboneWeights: backboneWeights, arguments: arguments,
          sizeMultiple: Self.sizeMultiple, knowing: resumption?.data)
      } catch {
        resumption?.remember(error, in: options.data ?? "")
        throw error
      }
      let model = try makeModel(classes: session.classes, random: session.random, resuming: resumption)
      try await session.train(model, resuming: resumption)
    }
  }
}

/// The words of a command line.
public struct ArgumentList {
  /// As they were given.
  public let words: [String]

  init(_ words: [String]) { self.words = words }

  /// What a run is made with again, from whatever folder: without `--resume` and the run's own folder, and with absolute
  /// paths.
  var recorded: [String] {
    var recorded: [String] = []
    var index = 0
    while index < words.count {
      let word = words[index]
      let name = String(word.prefix { $0 != "=" })
      // Options with a value have it in the same word behind a sign of equality, or in the next word.
      let hasOwnWord = !word.contains("=") && (Self.paths.contains(name) || name == "--output")
      let value =
        hasOwnWord
        ? words.dropFirst(index + 1).first : word.contains("=") ? String(word.dropFirst(name.count + 1)) : nil
      switch name {
      // A decision about the files as they are now is none about those of later.
      case "--resume", "--output", "--accept-changed-data": break
      case _ where Self.paths.contains(name): recorded += [name, value.map(Self.absolute) ?? ""]
      default: recorded.append(word)
      }
      index += hasOwnWord ? 2 : 1
    }
    return recorded
  }

  private static let paths: Set = ["--data", "--initial-weights", "--backbone-weights", "--class-weights", "--cache"]

  /// A list of numbers is no path, and stays as it is.
  static func absolute(_ path: String) -> String {
    FileManager.default.fileExists(atPath: path) ? URL(fileURLWithPath: path).standardizedFileURL.path : path
  }
}
