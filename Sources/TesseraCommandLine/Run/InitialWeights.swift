import Foundation
import Tessera
import TesseraPretrained

/// Where the weights of a new run come from, and what the run says of them.
struct InitialWeights<Configuration: NetworkConfiguration> {
  /// Weights of another program, for the part of the network that may start from them or for all of it.
  private let foreign: PretrainedWeights?
  /// A checkpoint of a network with the same such part.
  private let backbone: String?
  /// A checkpoint of the whole network.
  private let checkpoint: String?
  /// The checkpoint's network.
  private let described: (any NetworkConfiguration)?
  /// Of the run's pictures.
  private let imageSize: ImageSize

  /// - Throws: `PretrainedWeightsError` if no table of the network fits, or why the file cannot be read.
  init(_ options: TrainingOptions) throws {
    var foreign: PretrainedWeights?
    let path = options.backboneWeights ?? options.initialWeights
    let card = path.flatMap { try? SegmentationCheckpoint.configuration(of: $0) }
    if let path, card == nil {
      foreign = try options.backboneWeights == nil ? Self.wholeNetwork(at: path) : Self.foreignBackbone(at: path)
    }
    (self.foreign, imageSize) = (foreign, options.imageSize)
    let isForeign = foreign != nil
    backbone = isForeign ? nil : options.backboneWeights
    checkpoint = isForeign ? nil : options.initialWeights
    // If there is a description that cannot be read, this says why.
    described = try isForeign ? nil : path.flatMap { try SegmentationCheckpoint.configuration(of: $0) }
  }

  /// The weights as those of another program's whole network; `nil` for a file of this library.
  private static func wholeNetwork(at path: String) throws -> PretrainedWeights? {
    do {
      return try PretrainedWeights(
        contentsOf: path, tables: Configuration.weightTables.filter(\.part.isEmpty), for: Configuration.self)
    } catch let error as PretrainedWeightsError {
      guard case .unknownNetwork = error else { throw error }
      if let title = Configuration.backboneTitle,
        (try? PretrainedWeights(contentsOf: path, for: Configuration.Network.self)) != nil
      {
        throw PretrainedWeightsError.encoderOnly(file: path, holds: title)
      }
      if (try? SafeTensors(contentsOf: path)) != nil { return nil }
      throw error
    }
  }

  /// The weights as another program's; `nil` for a file of this library that does not describe its network.
  private static func foreignBackbone(at path: String) throws -> PretrainedWeights? {
    do {
      return try PretrainedWeights(
        contentsOf: path, tables: Configuration.weightTables.filter { !$0.part.isEmpty }, for: Configuration.self)
    } catch PretrainedWeightsError.unknownNetwork(file: _, names: _, known: _, isOwn: true) {
      return nil
    }
  }

  /// A network as the weights need it: what they expect of pixels, and their encoder's details; `nil` if there are
  /// none, or they do not say.
  func adapting(_ configuration: Configuration) -> Configuration? {
    foreign?.adapting(configuration) ?? described.map(configuration.adapted)
  }

  /// Loads them, and says what was loaded and what stays new.
  ///
  /// - Parameters:
  ///   - model: the network.
  ///   - labelSpace: what its outputs will mean.
  /// - Throws: `InitialWeightsError` if a checkpoint's network differs from `model` in more than its classes; what
  ///   loading throws.
  func load(into model: Configuration.Network, for labelSpace: LabelSpace) throws {
    if let foreign {
      let loaded = try foreign.load(into: model)
      print("\(Configuration.name): \(loaded)")
      Self.tell(loaded.newClassifier, labelSpace)
    }
    if let backbone { print("\(Configuration.name): \(try model.loadBackbone(from: backbone))") }
    if let checkpoint { try load(checkpoint, into: model, for: labelSpace) }
  }

  /// Says how the classifier can be kept, if it stays new only because the file has no output for void.
  private static func tell(_ new: NewClassifier?, _ labelSpace: LabelSpace) {
    guard let new, labelSpace.voidOutput != nil, new.classesInFile == labelSpace.withoutVoidOutput.outputCount else {
      return
    }
    Notice.hint.write("with --no-void-output the network has \(new.classesInFile) outputs too, and keeps all weights")
  }

  private func load(_ path: String, into model: Configuration.Network, for labelSpace: LabelSpace) throws {
    let own: any NetworkConfiguration = model.forPrediction.configuration
    do {
      let new = try model.loadInitialWeights(from: path)
      let auxiliary = model.trainingParameters.map(\.name)
      if !auxiliary.isEmpty {
        Notice.note.write("\(path) has nothing for what only training needs: new are \(auxiliary.firstFew)")
      }
      if Configuration.isOnlyInFiles, let size = try SegmentationCheckpoint.imageSize(of: path), size != imageSize {
        Notice.note.write(
          "\(path) is for pictures of \(size), and these have \(imageSize): --image-size \(size.text) trains it on its own size"
        )
      }
      guard let new else { return }
      Notice.note.write(
        "\(path) is from a network with \(new.classesInFile) classes, this one has \(own.classes): new are "
          + new.parameters.joined(separator: ", "))
      Self.tell(new, labelSpace)
    } catch let error as TensorMismatchError {
      guard let found = try? SegmentationCheckpoint.configuration(of: path) else { throw error }
      if found.name != own.name { throw InitialWeightsError.otherNetwork(path, found, own) }
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
  /// The file, its network, and the run's.
  case otherNetwork(String, any NetworkConfiguration, any NetworkConfiguration)
  /// The options of which the file's network has another value, each with the file's and the run's.
  case otherOptions(String, [(name: String, file: String, run: String)])

  var description: String {
    switch self {
    case .otherNetwork(let path, let found, let own):
      "\(path) is of the network \(found.name), and this run trains \(own.name); "
        + (Self.shared(found, own).map { "start its \($0) from it with --encoder-weights" }
          ?? (type(of: found).isOnlyInFiles || type(of: own).isOnlyInFiles
            ? "'train \(found.name) --initial-weights \(path)' trains that one"
            : "start from a checkpoint of \(own.name)"))
    case .otherOptions(let path, let options):
      "\(path) does not fit the network: "
        + options.map { "--\($0.name) is \($0.file) there and \($0.run) here" }.joined(separator: ", ")
        + "; give the run the checkpoint's \(options.count == 1 ? "value" : "values")"
    }
  }
  var errorDescription: String? { description }

  /// The part that both networks have.
  private static func shared(_ found: any NetworkConfiguration, _ own: any NetworkConfiguration) -> String? {
    let (theirs, ours) = (type(of: found), type(of: own))
    guard theirs.backbone == ours.backbone, theirs.backboneTitle == ours.backboneTitle else { return nil }
    return ours.backboneTitle
  }
}
