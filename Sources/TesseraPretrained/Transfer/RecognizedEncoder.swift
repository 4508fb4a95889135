import TesseraNetworks
import TesseraTensors

/// The encoder of the library whose weights a file holds, alone or in a whole network; all of its names and shapes fit.
struct RecognizedEncoder {
  /// As in papers: `ResNet-34`.
  let title: String

  init?(_ file: any WeightsFile) {
    // The first decoder uses all of an encoder.
    let networks = NetworkCatalog.decoders.first.map { NetworkCatalog.networks(of: $0) } ?? []
    guard let title = networks.lazy.compactMap({ Self.title(of: file, in: $0) }).first else { return nil }
    self.title = title
  }

  private static func title<Configuration: NetworkConfiguration>(
    of file: any WeightsFile, in network: Configuration.Type
  ) -> String? {
    let matches = Configuration.weightTables.filter { !$0.part.isEmpty }.map(file.matched).filter { file, table in
      table.misfits(in: file.arrays.map(\.name)) != nil
    }
    if matches.isEmpty { return nil }
    // Takes no memory: weights are created on first use.
    let model = Configuration(classes: 1).makeNetwork(random: RandomStream(seed: 0))
    let isHeld = matches.contains { file, table in WeightPlan(table, of: file, into: model).mismatch == nil }
    return isHeld ? Configuration.backboneTitle : nil
  }
}
