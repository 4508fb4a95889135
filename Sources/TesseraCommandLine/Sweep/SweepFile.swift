import ArgumentParser
import Foundation
import Tessera
import TesseraFiles
import TesseraReports

/// What a sweep's file says: a network, options that all trials have, and those that are searched.
struct SweepFile {
  let network: any NetworkConfiguration.Type
  /// In ascending order of names, as JSON's objects have none.
  let options: [(name: String, value: JSONValue)]
  let search: [(name: String, range: SearchRange)]
  /// The number of random trials; `nil` for the whole grid.
  let trials: Int?
  let seed: UInt64
  let metric: RunMetric
  let halving: SuccessiveHalving?
  /// What starts each trial's ranks, such as `mpirun -n 2`; empty for one process.
  let launcher: [String]

  static let mostTrials = 1000
  /// For examples.
  static var anyNetwork: String { NetworkCatalog.current.names.first ?? "" }
  private static let mostBytes = 1 << 20
  /// What an epoch is judged by.
  private static let metrics = RunMetric.allCases.filter { !$0.isPerStep }
  private static let entries = ["network", "options", "search", "trials", "seed", "metric", "halving", "launcher"]

  /// - Throws: `SweepError` with everything that is wrong by itself; whether options fit each other is seen later.
  init(contentsOf path: String) throws(SweepError) {
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: Data(RegularFile.bytes(of: path, atMost: Self.mostBytes)))
    } catch {
      let reason = (error as? FileError)?.reason ?? (error as? DecodingError)?.reason ?? "it is not JSON"
      throw .unreadable(path, reason: reason)
    }
    try self.init(value, named: path)
  }

  /// - Parameter path: what messages call it.
  init(_ value: JSONValue, named path: String) throws(SweepError) {
    guard case .object(let entries) = value else {
      throw .refused(file: path, ["it must hold one object: {\"network\": \"\(Self.anyNetwork)\", \"search\": {...}}"])
    }
    var problems = entries.keys.filter { !Self.entries.contains($0) }.sorted().map { key in
      "unknown entry \"\(key)\"; "
        + (Suggestion.nearest(to: key, in: Self.entries).map { "did you mean \($0)?" }
          ?? "there are \(Self.entries.joined(separator: ", "))")
    }
    func object(_ key: String) -> [(name: String, value: JSONValue)] {
      switch entries[key] {
      case .object(let values): return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      case nil: return []
      case let value?:
        problems.append("\(key) must be an object of options and values; got \(value.text)")
        return []
      }
    }
    func word(_ key: String) -> String? {
      switch entries[key] {
      case .string(let text): return text
      case nil: return nil
      case let value?:
        problems.append("\(key) must be a text in quotation marks; got \(value.text)")
        return nil
      }
    }
    options = object("options")
    let searched = object("search")
    search = searched.compactMap { name, value in
      SearchRange(value, of: name, problems: &problems).map { (name, $0) }
    }
    if searched.isEmpty {
      problems.append("search is missing or empty: the options to search, each with a list of values")
    }
    trials = Self.whole(entries["trials"], "trials", in: 1...Self.mostTrials, &problems)
    seed = UInt64(Self.whole(entries["seed"], "seed", in: 0...Int.max, &problems) ?? 1)
    launcher = (word("launcher") ?? "").split(separator: " ").map(String.init)
    metric = Self.metric(word("metric"), &problems)
    halving = Self.halving(entries["halving"], &problems)
    if metric == .validationLoss,
      let name = search.map(\.name).first(where: { ["loss", "class-weights"].contains($0) })
    {
      problems.append(
        "\(metric.rawValue) does not compare trials with different values of \(name), which change it; choose another "
          + "metric")
    }
    guard let network = Self.network(word("network"), &problems) else { throw .refused(file: path, problems) }
    self.network = network
    if trials == nil, let interval = search.first(where: { $0.range.choices == nil }) {
      problems.append("\(interval.name) is an interval, which has no grid; give the number of random \"trials\"")
    }
    if trials == nil, entries["seed"] != nil {
      problems.append("seed has no effect on a grid; give \"trials\" or leave it out")
    }
    for (name, value) in options { problems += network.problems(with: value, of: name) }
    for (name, range) in search {
      if options.contains(where: { $0.name == name }) {
        problems.append("\(name) is both among the options and searched; leave out one of them")
      }
      if name == "epochs", halving != nil {
        problems.append("epochs cannot be searched with halving, which compares trials at the same epochs")
      }
      for value in range.extremes { problems += network.problems(with: value, of: name) }
    }
    guard problems.isEmpty else {
      var seen: Set<String> = []
      throw .refused(file: path, problems.filter { seen.insert($0).inserted })
    }
  }

  /// A number of a JSON file; `nil` if it is none.
  static func number(_ value: JSONValue?) -> Double? {
    guard case .number(let text) = value, let number = Double(text), number.isFinite else { return nil }
    return number
  }

  private static func whole(
    _ value: JSONValue?, _ key: String, in range: ClosedRange<Int>, _ problems: inout [String]
  ) -> Int? {
    guard let value else { return nil }
    if let whole = number(value).flatMap(Int.init(exactly:)), range.contains(whole) { return whole }
    problems.append("\(key) must be a whole number in \(range.lowerBound)...\(range.upperBound); got \(value.text)")
    return nil
  }

  private static func network(
    _ name: String?, _ problems: inout [String]
  ) -> (any NetworkConfiguration.Type)? {
    guard let name else {
      problems.append("network is missing: \"network\": \"\(anyNetwork)\"")
      return nil
    }
    do throws(ValidationError) {
      return try NetworkName(argument: name).trainedNetwork()
    } catch {
      problems.append(error.message)
      return nil
    }
  }

  private static func metric(_ name: String?, _ problems: inout [String]) -> RunMetric {
    guard let name else { return .meanIoU }
    if let metric = metrics.first(where: { $0.rawValue == name }) { return metric }
    problems.append("metric must be one of \(metrics.map(\.rawValue).joined(separator: ", ")); got \(name)")
    return .meanIoU
  }

  private static func halving(_ value: JSONValue?, _ problems: inout [String]) -> SuccessiveHalving? {
    guard let value else { return nil }
    guard case .object(let entries) = value, Set(entries.keys).isSubset(of: ["eta", "least-epochs"]) else {
      problems.append("halving is {\"eta\": 3, \"least-epochs\": 1}; got \(value.text)")
      return nil
    }
    return SuccessiveHalving(
      eta: whole(entries["eta"], "eta", in: 2...1000, &problems) ?? 3,
      leastEpochs: whole(entries["least-epochs"], "least-epochs", in: 1...1_000_000, &problems) ?? 1)
  }
}
