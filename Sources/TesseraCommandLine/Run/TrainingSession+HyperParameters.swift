import Foundation
import Tessera
import TesseraTensorBoard

extension TrainingSession {
  /// What TensorBoard compares runs by: the network's options, and the entries of the run's record that the table of
  /// settings names, under their names on the command line.
  ///
  /// The same names for every run, used or not: TensorBoard asks only one of many runs what there is to compare.
  func hyperParameters(of model: any SegmentationModel, record: [UInt8]) throws -> [HyperParameter] {
    let values = try JSONSerialization.jsonObject(with: Data(record)) as? [String: Any] ?? [:]
    let settings = RunSetting.all.compactMap { setting in
      setting.hyperParameter.map { (setting.optionName, Self.value(values[setting.key], as: $0)) }
    }
    let first: Set = ["network", "optimizer", "learning-rate", "batch-size", "image-size"]
    return ([("network", .text(name))] + settings + Self.networkOptions(of: model.configuration)).map {
      HyperParameter($0, $1, isShownFirst: first.contains($0))
    }
  }

  private static func value(_ value: Any?, as kind: RunSetting.HyperParameter) -> HyperParameter.Value {
    switch kind {
    case .number: .number((value as? NSNumber)?.doubleValue)
    case .text: .text(value as? String)
    case .fileName: .text((value as? String).map { URL(fileURLWithPath: $0).lastPathComponent })
    case .list: .text((value as? [String]).flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") })
    case .presence: .flag(value != nil)
    }
  }

  /// The options of all networks of the catalog, without a value where they belong to other networks.
  private static func networkOptions(
    of configuration: any NetworkConfiguration
  ) -> [(String, HyperParameter.Value)] {
    let own = configuration.optionValues
    var all = own
    for network in NetworkCatalog.current.networks {
      all.merge(network.init(classes: configuration.classes).optionValues) { first, _ in first }
    }
    return all.sorted { $0.key < $1.key }.map { name, value in
      switch value {
      case .number(let number): (name, .number(own[name] == nil ? nil : number))
      case .text(let text): (name, .text(own[name] == nil ? nil : text))
      }
    }
  }
}
