import ArgumentParser
import Tessera

/// The options of all networks of the catalog, for commands that show or time any one of them.
struct NetworkOptions: ParsableArguments {
  @OptionGroup(title: "Network") private var table: TableOptions<CatalogTable>

  /// Whether any was given.
  var isEmpty: Bool { table.words.allSatisfy(\.value.isEmpty) }

  /// The network as the options describe it.
  ///
  /// - Throws: `ValidationError` for a name that is unknown, for an option that the network does not have, or a value
  ///   that it cannot have.
  func configuration(of name: NetworkName, classes: Int) throws -> any NetworkConfiguration {
    let network = try name.network()
    for (option, words) in table.words.sorted(by: { $0.key < $1.key }) where !words.isEmpty {
      guard network.optionNames.contains(option) else {
        throw ValidationError(network.lacks(option) ?? "\(network.name) has no --\(option)")
      }
    }
    return try network.described(by: table.words, classes: classes)
  }

  /// The same for a network that need not have the options, or their values; `nil` if it does not.
  func configuration(
    ifPossibleOf network: any NetworkConfiguration.Type, classes: Int
  ) -> (any NetworkConfiguration)? {
    guard table.words.allSatisfy({ $0.value.isEmpty || network.optionNames.contains($0.key) }) else { return nil }
    return try? network.described(by: table.words, classes: classes)
  }
}

/// Each option that some network has, once.
private enum CatalogTable: OptionTable {
  static var declarations: [OptionDeclaration] {
    var owners: [(name: String, networks: [String])] = []
    for network in NetworkCatalog.current.networks {
      for name in network.ownOptionNames {
        if let index = owners.firstIndex(where: { $0.name == name }) {
          owners[index].networks.append(network.name)
        } else {
          owners.append((name, [network.name]))
        }
      }
    }
    return owners.compactMap { name, networks in
      networks.first.flatMap { NetworkCatalog.current[$0] }.flatMap { declaration(name, of: $0, owners: networks) }
    }
  }

  private static func declaration<Configuration: NetworkConfiguration>(
    _ name: String, of network: Configuration.Type, owners: [String]
  ) -> OptionDeclaration? {
    let others = owners.count - 3
    let list =
      owners.prefix(others > 1 ? 3 : owners.count).joined(separator: ", ") + (others > 1 ? " and \(others) others" : "")
    return Configuration.options.first { $0.name == name }.map { option in
      OptionDeclaration(
        name, option.option, help: "\(option.help) Of \(list).", standard: nil, words: option.choices)
    }
  }
}

extension NetworkConfiguration {
  /// The network of its paper, changed by words of the command line, by the options' names.
  ///
  /// - Throws: `ValidationError` for a value that an option cannot have.
  static func described(by words: [String: [String]], classes: Int) throws -> Self {
    try Self(classes: classes).changed(by: words)
  }

  /// The same network with the options that words of the command line name; of several words the last counts.
  ///
  /// - Throws: `ValidationError` for a value that an option cannot have.
  func changed(by words: [String: [String]]) throws -> Self {
    var configuration = self
    for option in Self.options {
      guard let text = words[option.name]?.last else { continue }
      do throws(NetworkOptionError) {
        try option.set(text, in: &configuration)
      } catch {
        throw ValidationError("\(error)")
      }
    }
    return configuration
  }

  /// The names of what its configuration lists.
  fileprivate static var ownOptionNames: [String] { options.map(\.name) }

  /// The names of the options that not every network has.
  static var optionNames: Set<String> {
    let ofBackbone = backbone == nil ? [] : RunSection.backbone.settings
    return Set(ownOptionNames + ofBackbone.flatMap { [$0.optionName, $0.otherName].compactMap(\.self) })
  }

  /// `unet-resnet34 has no --output-stride; deeplabv3-resnet34 has`; `nil` if it has that option, or none has it.
  ///
  /// - Parameter option: without the dashes.
  static func lacks(_ option: String) -> String? {
    if optionNames.contains(option) { return nil }
    let owners = NetworkCatalog.current.networks.filter { $0.optionNames.contains(option) }.map { $0.name }
    func half(_ name: String, _ index: Int) -> Substring? {
      let halves = name.split(separator: "-", maxSplits: 1)
      return halves.indices.contains(index) ? halves[index] : nil
    }
    let relative = [1, 0].lazy.compactMap { index in
      owners.first { half(name, index) != nil && half($0, index) == half(name, index) }
    }.first
    return (relative ?? owners.first).map { "\(name) has no --\(option); \($0) has" }
  }

  /// The same in place of the parser's message about an option that is unknown to it; `nil` for other messages.
  static func lacks(inMessage message: String) -> String? {
    message.firstMatch(of: /^Unknown option '--([a-z-]+)/).flatMap { lacks(String($0.1)) }
  }

  /// The network with fresh weights.
  func makeModel() -> any SegmentationModel { makeNetwork(random: RandomStream(seed: 0)).forPrediction }

  /// Refuses picture sizes that the network cannot take.
  func checkImageSize(_ size: ImageSize, option: String) throws {
    try requireMultiple(option, size, of: sizeMultiple, for: name)
  }
}
