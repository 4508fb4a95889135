import Foundation
import Tessera
import TesseraPretrained

/// The weights of `--initial-weights`, and what a run says of them.
struct InitialWeights {
  let path: String

  /// The weights as those of another program's whole network; `nil` if the file is not of another program.
  ///
  /// - Parameter tables: those of whole networks.
  /// - Throws: `PretrainedWeightsError`, or why the file cannot be read.
  func ofAnotherProgram(_ tables: [WeightTable]) throws -> PretrainedWeights? {
    guard !tables.isEmpty else { return nil }
    do {
      return try PretrainedWeights(contentsOf: path, tables: tables)
    } catch PretrainedWeightsError.unknownNetwork where (try? SafeTensors(contentsOf: path)) != nil {
      return nil
    }
  }

  /// Says how the classifier can be kept, if it stays new only because the file has no output for void.
  static func tell(_ new: NewClassifier?, _ labelSpace: LabelSpace) {
    guard let new, labelSpace.voidOutput != nil, new.classesInFile == labelSpace.withoutVoidOutput.outputCount else {
      return
    }
    Notice.hint.write("with --no-void-output the network has \(new.classesInFile) outputs too, and keeps all weights")
  }

  /// Loads a checkpoint's, and says which parts stay new because the file knows other classes.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - labelSpace: what its outputs will mean.
  /// - Throws: `InitialWeightsError` if the file describes a network that differs from `model` in more than its classes;
  ///   what loading throws if it describes none.
  func load(into model: any SegmentationModel, for labelSpace: LabelSpace) throws {
    let own = model.forPrediction.configuration
    do {
      guard let new = try model.loadInitialWeights(from: path) else { return }
      Notice.note.write(
        "\(path) is from a network with \(new.classesInFile) classes, this one has \(own.classes): new are "
          + new.parameters.joined(separator: ", "))
      Self.tell(new, labelSpace)
    } catch let error as TensorMismatchError {
      guard let found = try? SegmentationCheckpoint.configuration(of: path) else { throw error }
      if found.name != own.name { throw InitialWeightsError.otherNetwork(path, found.name, own.name) }
      let (theirs, ours) = (found.optionValues, own.optionValues)
      let differing = theirs.keys.sorted().filter { theirs[$0] != ours[$0] }
      if differing.isEmpty { throw error }
      throw InitialWeightsError.otherOptions(
        path, differing.map { ($0, "\(theirs[$0] ?? .text(""))", "\(ours[$0] ?? .text(""))") })
    }
  }
}

/// Why a run cannot begin with the weights of a checkpoint.
enum InitialWeightsError: Error, CustomStringConvertible, LocalizedError {
  case otherNetwork(String, String, String)
  /// The options of which the file's network has another value, each with the file's and the run's.
  case otherOptions(String, [(name: String, file: String, run: String)])

  var description: String {
    switch self {
    case .otherNetwork(let path, let found, let own):
      "\(path) is of the network \(found), and this run trains \(own); start from a checkpoint of \(own)"
    case .otherOptions(let path, let options):
      "\(path) does not fit the network: "
        + options.map { "--\($0.name) is \($0.file) there and \($0.run) here" }.joined(separator: ", ")
        + "; give the run the checkpoint's \(options.count == 1 ? "value" : "values")"
    }
  }
  var errorDescription: String? { description }
}
