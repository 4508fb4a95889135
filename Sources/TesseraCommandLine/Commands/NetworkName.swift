import ArgumentParser
import Tessera

/// A network of the catalog by its name on the command line.
struct NetworkName: ExpressibleByArgument {
  let network: any NetworkConfiguration.Type

  init(_ network: any NetworkConfiguration.Type) { self.network = network }

  init?(argument: String) {
    guard let network = NetworkCatalog.current[argument] else { return nil }
    self.network = network
  }

  /// All names if they are few; the parser repeats them in help and messages.
  static var allValueStrings: [String] { names.count > 8 ? [] : names }
  static var defaultCompletionKind: CompletionKind { .list(names) }
  private static var names: [String] { NetworkCatalog.current.names }

  /// `unet, fcnn or another that 'networks' lists`.
  static var choices: String {
    names.count < 4
      ? names.joined(separator: " or ") : "\(names.prefix(2).joined(separator: ", ")) or another that 'networks' lists"
  }

  var name: String { network.name }

  /// The network as its paper describes it, with fresh weights, without what only training needs.
  func makeModel(classes: Int) -> any SegmentationModel {
    func make(_ network: some NetworkConfiguration) -> any SegmentationModel {
      network.makeNetwork(random: RandomStream(seed: 0)).forPrediction
    }
    return make(network.init(classes: classes))
  }

  /// Refuses image sizes that this network cannot take.
  func checkImageSize(_ size: ImageSize, option: String) throws {
    try requireMultiple(option, size, of: network.init(classes: 1).sizeMultiple, for: name)
  }
}
