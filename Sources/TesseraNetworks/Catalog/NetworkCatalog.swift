import Foundation
import TesseraTensors

/// The networks that a program knows by name: those of the library, and its own.
///
/// ```swift
/// let catalog = NetworkCatalog.standard.adding(TinyNet.Configuration.self)
/// let checkpoint = try SegmentationCheckpoint(contentsOf: "best.safetensors", catalog: catalog)
/// ```
public struct NetworkCatalog: Sendable {
  /// In the order in which they were added.
  public let networks: [any NetworkConfiguration.Type]

  /// The networks of the library.
  public static let standard = NetworkCatalog(
    [UNet.Configuration.self, FCNN.Configuration.self] + decoders.flatMap { networks(of: $0) })

  /// The catalog that files are read with by default; in a program, all of its networks.
  @TaskLocal public static var current = standard

  public init(_ networks: [any NetworkConfiguration.Type]) { self.networks = networks }

  /// The same catalog with one more network, which replaces one of the same name.
  public func adding(_ network: any NetworkConfiguration.Type) -> NetworkCatalog {
    NetworkCatalog(networks.filter { $0.name != network.name } + [network])
  }

  /// The names of all networks.
  public var names: [String] { networks.map { $0.name } }

  /// The network of this name; `nil` if there is none.
  public subscript(name: String) -> (any NetworkConfiguration.Type)? { networks.first { $0.name == name } }
}

/// A file's network that is not in the catalog.
public struct UnknownNetworkError: Error, CustomStringConvertible, LocalizedError, Equatable {
  public let name: String
  public let known: [String]

  public var description: String {
    let others = known.count - 3
    let names =
      known.prefix(others > 2 ? 3 : known.count).joined(separator: ", ") + (others > 2 ? " and \(others) others" : "")
    return "its network, \(name), is not one of this program's (\(names)); a program that has it adds it to its "
      + "NetworkCatalog"
  }
  public var errorDescription: String? { description }
}
