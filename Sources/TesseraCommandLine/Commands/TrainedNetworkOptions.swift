import ArgumentParser
import Foundation
import Tessera
import TesseraDownloads
import TesseraPretrained

/// The network that a command uses: a checkpoint, or a published network that was downloaded.
struct TrainedNetworkOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The trained network.", valueName: "file"), completion: .file(extensions: ["safetensors"]))
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "Or a published network, which 'tessera download' has put into \(PublishedWeights.folder)/.", valueName: "name"))
  var network: PublishedNetworkName?

  /// Whether one is named.
  var isGiven: Bool { checkpoint != nil || network != nil }

  func validate() throws {
    if checkpoint != nil && network != nil { throw ValidationError("give either --checkpoint or --network") }
  }

  /// Refuses a command line without a network.
  func check() throws {
    if !isGiven { throw ValidationError("give --checkpoint FILE, or --network NAME for a published network") }
  }

  /// The network's file, and the network; says which license its weights have, if that is known.
  ///
  /// - Throws: `PublishedWeightsError`, or what reading the checkpoint throws.
  func load() throws -> (path: String, checkpoint: SegmentationCheckpoint) {
    let path = try checkpoint ?? network?.weights.existingFile() ?? ""
    let loaded: SegmentationCheckpoint
    do {
      loaded = try SegmentationCheckpoint(contentsOf: path)
    } catch let error as SafeTensorsError {
      // Weights of another program are in formats that no checkpoint has.
      guard let file = try? openWeights(at: path), (try? SafeTensors(contentsOf: path)) == nil else { throw error }
      throw ValidationError(
        "\(file.path) holds weights of PyTorch or Keras, and is no checkpoint of Tessera; 'tessera train NETWORK --weights "
          + "\(file.path)' starts from them")
    }
    if let license = loaded.notes[WeightsLicense.note] { Notice.note.write("license of the weights: \(license)") }
    return (path, loaded)
  }
}

/// The name of a published network.
struct PublishedNetworkName: ExpressibleByArgument {
  let weights: PublishedWeights

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument), let weights = PublishedWeights(argument) else { return nil }
    self.weights = weights
  }

  static var allValueStrings: [String] { DownloadItem.networks.map(\.name) }
  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
