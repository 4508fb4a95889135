import Foundation
import TesseraImaging
import TesseraTraining

/// What a run's `config.json` says, by name: `learningRate`, `model.width`. No name is certain to be there.
public struct RunOptions: Sendable, Equatable {
  /// Names and values as text.
  public let values: [String: String]
  /// The network's name.
  public let model: String?
  /// The arguments that started the run.
  public let arguments: [String]?
  /// Names and colors of the classes.
  public let labelSpace: LabelSpace?

  private struct Labels: Decodable {
    let labelSpace: LabelSpace
  }

  /// - Parameter json: an object; a network is a name, or an object with its name and its configuration, in records of
  ///   earlier versions with the network's name around its configuration.
  /// - Throws: `DecodingError`.
  init(json: Data) throws {
    var members = try JSONDecoder().decode([String: JSONValue].self, from: json)
    switch members["model"] {
    case .string(let name): model = name
    case .object(let network) where network["name"] != nil:
      model = network["name"]?.text
      members["model"] = network["configuration"]
    case .object(let networks) where networks.count == 1:
      model = networks.keys.first
      // Swift wraps what belongs to a case in `_0`.
      if case .object(let configuration)? = networks.values.first {
        members["model"] = configuration["_0"] ?? .object(configuration)
      }
    default: model = nil
    }
    if case .array(let words)? = members["arguments"] {
      arguments = words.map(\.text)
    } else {
      arguments = nil
    }
    labelSpace = try? JSONDecoder().decode(Labels.self, from: json).labelSpace
    values = JSONValue.object(members).leaves.mapValues(\.text)
  }

  /// The value of `name` as a number; `nil` if it is not one.
  public func number(_ name: String) -> Double? {
    values[name].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
  }

  /// The value of `name` as a count; `nil` if it is not one, or is larger than any run's.
  public func count(_ name: String) -> Int? {
    values[name].flatMap { Int($0) }.flatMap { (0...1 << 53).contains($0) ? $0 : nil }
  }

  /// The value that a trainer's record means which has none of this name: some are recorded only if they are not the
  /// usual ones. Records of other programs, which have no arguments, mean nothing.
  private func implied(_ name: String) -> String? {
    arguments == nil ? nil : RunSetting.of(name)?.unrecordedWord
  }

  /// The names whose values are not the same in all of `options`, in ascending order, with each run's value.
  public static func differences(among options: [RunOptions]) -> [(name: String, values: [String?])] {
    let names = Set(options.flatMap(\.values.keys)).filter { name in
      // A network is its settings; the circumstances of running belong to the run itself.
      guard let setting = RunSetting.of(name), name != "model" else { return name != "model" }
      return setting.role != .circumstance || setting.group != .running
    }
    return names.sorted().compactMap { name in
      let values = options.map { $0.values[name] ?? $0.implied(name) }
      return Set(values).count > 1 ? (name, values) : nil
    }
  }

  /// The differences that somebody chose: without what follows from other options, and without the machine.
  static func choices(among options: [RunOptions]) -> [(name: String, values: [String?])] {
    differences(among: options).filter { difference in
      guard let setting = RunSetting.of(difference.name) else { return true }
      return setting.role == .choice || setting.role == .free
    }
  }

  /// The differences of the machines that runs were on.
  static func machines(among options: [RunOptions]) -> [(name: String, values: [String?])] {
    differences(among: options).filter { RunSetting.of($0.name)?.group == .machine }
  }
}
