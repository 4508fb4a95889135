import ArgumentParser
import Tessera

/// The options that a network's configuration lists, as options of the command line: `--width`, `--dropout` and so on.
///
/// The parser finds options by reflection and passes their values on as a decoder does. Here both are given by the
/// configuration's own table, so a network is declared once, and help, completion and suggestions know its options.
package struct NetworkOptions<Configuration: NetworkConfiguration>: ParsableArguments, CustomReflectable {
  /// What the user gave, by the options' names.
  private let values: [String: String]
  /// Another program's file that the backbone starts from.
  let backboneWeights: String?
  /// Whether the backbone stays as it starts.
  let freezesBackbone: Bool

  private static var backboneWeightsName: String { "backbone-weights" }
  private static var freezeBackboneName: String { "freeze-backbone" }

  package init() { (values, backboneWeights, freezesBackbone) = ([:], nil, false) }

  package var customMirror: Mirror { Mirror(self, children: Self.declarations) }

  private static var declarations: [Mirror.Child] {
    let usual = Configuration(classes: 1)
    let own: [Mirror.Child] = Configuration.options.map { option in
      let (isNumber, value) = (option.choices.isEmpty, option.value(usual))
      let help = ArgumentHelp("\(option.help) (default: \(value))", valueName: isNumber ? "n" : "name")
      return (
        option.name,
        Option<String?>(
          name: .customLong(option.name), help: help, completion: isNumber ? nil : .list(option.choices))
      )
    }
    guard Configuration.backbone != nil else { return own }
    let weights = Option<String?>(
      name: .customLong(backboneWeightsName),
      help: ArgumentHelp(
        "Start the backbone from a Keras (.h5), torchvision or timm (.safetensors, .pth) file; pictures are then "
          + "as its weights expect.", valueName: "file"), completion: .file())
    let freeze = Flag<Bool>(
      wrappedValue: false, name: .customLong(freezeBackboneName), help: "Do not train the backbone.")
    return own + [(backboneWeightsName, weights), (freezeBackboneName, freeze)]
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  package init(from decoder: any Decoder) throws {
    let given = try decoder.container(keyedBy: Name.self)
    func option(_ name: String) throws -> String? {
      try given.decode(Option<String?>.self, forKey: Name(stringValue: name)).wrappedValue
    }
    values = try Configuration.options.reduce(into: [:]) { $0[$1.name] = try option($1.name) }
    guard Configuration.backbone != nil else {
      (backboneWeights, freezesBackbone) = (nil, false)
      return
    }
    backboneWeights = try option(Self.backboneWeightsName)
    freezesBackbone = try given.decode(Flag<Bool>.self, forKey: Name(stringValue: Self.freezeBackboneName)).wrappedValue
  }

  package func validate() throws { _ = try configuration(classes: 1) }

  /// The network that the options ask for.
  func configuration(classes: Int) throws -> Configuration {
    var configuration = Configuration(classes: classes)
    for option in Configuration.options {
      guard let text = values[option.name] else { continue }
      do throws(NetworkOptionError) {
        try option.set(text, in: &configuration)
      } catch {
        throw ValidationError("\(error)")
      }
    }
    return configuration
  }
}
