import Foundation
import Tessera

/// How two configurations of a run differ where that changes what is computed.
struct RunDifferences {
  /// One sentence per difference.
  let lines: [String]
  /// Whether the learning rate is lower, and may be.
  let lowersRate: Bool
  /// Whether names or sizes of the data's files differ, though that may not count.
  let hasOtherFiles: Bool

  /// - Parameters:
  ///   - run: the configuration that the run was started with, JSON.
  ///   - now: the one it would continue with, JSON.
  ///   - dataFiles: whether names and sizes of files count; not where more is known about them.
  ///   - allowsLowerRate: whether a lower learning rate is no difference.
  init(
    from run: [UInt8], to now: [UInt8], dataFiles: Bool = true, allowingLowerRate allowsLowerRate: Bool = false
  ) throws {
    let (old, new) = (try Self.flattened(run), try Self.flattened(now))
    let rates = [new, old].compactMap { $0["learningRate"].flatMap(Double.init) }
    let lowersRate = allowsLowerRate && rates.count == 2 && rates[0] < rates[1]
    self.lowersRate = lowersRate
    hasOtherFiles = old["dataFiles"] != new["dataFiles"]
    lines = Set(old.keys).union(new.keys).sorted().compactMap { key in
      let setting = RunSetting.of(key)
      let isAllowed = (lowersRate && key == "learningRate") || (!dataFiles && key == "dataFiles")
      // What no table knows counts as mathematics, so a new option is safe before anyone thinks of it.
      guard setting?.role != .free, setting?.role != .circumstance, !isAllowed, old[key] != new[key] else { return nil }
      return "\(Self.name(of: key, setting)): \(old[key] ?? "not set") in the run, \(new[key] ?? "not set") now"
    }
  }

  private static func name(of key: String, _ setting: RunSetting?) -> String {
    // A network's entries are no options of a run, but of the network.
    setting.flatMap { $0.phrase == nil && $0.option == nil ? nil : $0.messageName }
      ?? "--" + RunSetting.optionName(of: String(key.split(separator: ".").last ?? ""))
  }

  /// Every number and text of a JSON object by its path; whole arrays, so a list is one difference.
  private static func flattened(_ json: [UInt8]) throws -> [String: String] {
    var values: [String: String] = [:]
    func add(_ value: Any, at path: String) {
      if let object = value as? [String: Any], object.count == 1, let choice = object.first,
        choice.value is [String: Any],
        path.hasPrefix("model.")
      {
        // A choice with values of its own, which follow from the other options: a network's head.
        values[path] = choice.key
      } else if let object = value as? [String: Any], path != "labelSpace" {
        for (key, value) in object { add(value, at: path.isEmpty ? key : "\(path).\(key)") }
      } else if let list = value as? [Any] {
        values[path] = list.map { "\($0)" }.joined(separator: ", ")
      } else if let object = value as? [String: Any] {
        values[path] = summary(of: object)
      } else {
        values[path] = "\(value)"
      }
    }
    add(try JSONSerialization.jsonObject(with: Data(json)), at: "")
    return values
  }

  /// A label space in few words, which differ when it does.
  private static func summary(of space: [String: Any]) -> String {
    let names = (space["classes"] as? [[String: Any]] ?? []).map { "\($0["name"] ?? "")" }
    return "\(names.joined(separator: "|")), void \(space["void"].map { "\($0)" } ?? "none")"
      + (space["hasVoidOutput"] as? Bool == false ? " without an output" : "")
  }
}
