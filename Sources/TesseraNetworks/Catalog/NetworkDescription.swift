import TesseraFiles
import TesseraTensors

/// A network's configuration as files hold it: `{"name": "unet", "configuration": {"classes": 151, ...}}`.
///
/// Read with the networks of `NetworkCatalog.current`; what earlier versions wrote, `{"unet": {"_0": {...}}}` and
/// `{"custom": {"name": ..., "classes": ...}}`, is read too.
public struct NetworkDescription: Codable, Sendable {
  public let configuration: any NetworkConfiguration

  // The most that files may say: more outputs than any network has.
  private static let classCounts = 1...1 << 16

  public init(_ configuration: any NetworkConfiguration) { self.configuration = configuration }

  private enum CodingKeys: CodingKey { case name, configuration }

  public func encode(to encoder: any Encoder) throws {
    var card = encoder.container(keyedBy: CodingKeys.self)
    try card.encode(configuration.name, forKey: .name)
    try card.encode(configuration, forKey: .configuration)
  }

  /// - Throws: `UnknownNetworkError`, or `DecodingError` with the number that no network of that name can have.
  public init(from decoder: any Decoder) throws {
    let card = try decoder.container(keyedBy: CodingKeys.self)
    guard card.contains(.name) else {
      try self.init(earlier: decoder)
      return
    }
    let name = try card.decode(String.self, forKey: .name)
    try self.init(card, .configuration, as: try Self.network(name))
  }

  /// How Swift encoded an enumeration.
  private init(earlier decoder: any Decoder) throws {
    let networks = try decoder.container(keyedBy: NamedKey.self)
    guard networks.allKeys.count == 1, let key = networks.allKeys.first else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "it describes no network"))
    }
    let card = try networks.nestedContainer(keyedBy: NamedKey.self, forKey: key)
    guard key.stringValue == "custom" else {
      try self.init(card, NamedKey("_0"), as: try Self.network(key.stringValue))
      return
    }
    let network = try Self.network(try card.decode(String.self, forKey: NamedKey("name")))
    self.init(network.init(classes: try card.whole(NamedKey("classes"), in: Self.classCounts)))
  }

  private init<Key>(
    _ card: KeyedDecodingContainer<Key>, _ key: Key, as network: any NetworkConfiguration.Type
  ) throws {
    func decode<Configuration: NetworkConfiguration>(_ type: Configuration.Type) throws -> Configuration {
      let configuration = try card.decode(Configuration.self, forKey: key)
      func refuse(_ name: String, _ value: Any, _ rule: String) -> DecodingError {
        .dataCorrupted(
          .init(
            codingPath: card.codingPath + [key],
            debugDescription: "\"\(name)\" is \(value), but it must \(rule)"))
      }
      let (classes, counts) = (configuration.classes, Self.classCounts)
      if !counts.contains(classes) {
        throw refuse("classes", classes, "lie in \(counts.lowerBound)...\(counts.upperBound)")
      }
      for option in Configuration.options {
        do throws(NetworkOptionError) {
          try option.check(configuration)
        } catch {
          throw refuse(error.name, error.value, error.rule)
        }
      }
      return configuration
    }
    self.init(try decode(network))
  }

  private static func network(_ name: String) throws(UnknownNetworkError) -> any NetworkConfiguration.Type {
    let catalog = NetworkCatalog.current
    guard let network = catalog[name] else { throw UnknownNetworkError(name: name, known: catalog.names) }
    return network
  }
}
