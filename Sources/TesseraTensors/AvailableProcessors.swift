import Foundation

/// The number of processors that this process may use: what its affinity (`taskset`, cpusets) and its control groups'
/// quotas (containers, systemd) leave of the machine's processors.
public enum AvailableProcessors {
  /// The number of processors, at least 1; looked up once.
  public static let count = count(of: ProcessInfo.processInfo.activeProcessorCount) {
    try? String(contentsOfFile: $0, encoding: .utf8)
  }

  /// The processors that this process may use, as the system lists them: "0-3,8"; empty if it does not say.
  package static var list: String {
    (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)).flatMap(list(in:)).map(String.init) ?? ""
  }

  private static func list(in status: String) -> Substring? {
    let name = "Cpus_allowed_list:"
    let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
    return line.map { $0.dropFirst(name.count).drop(while: \.isWhitespace) }
  }

  /// - Parameters:
  ///   - machine: the machine's processors.
  ///   - read: returns the text of a file; `nil` if there is none.
  static func count(of machine: Int, reading read: (String) -> String?) -> Int {
    let affinity = read("/proc/self/status").flatMap(affinity) ?? machine
    return max(1, min(affinity, quota(reading: read) ?? affinity))
  }

  /// The number of processors that the scheduler may use, from a process's status: "Cpus_allowed_list: 0-3,8" is five.
  static func affinity(_ status: String) -> Int? {
    guard let list = list(in: status) else { return nil }
    let counts = list.split(separator: ",").map { range -> Int? in
      let ends = range.split(separator: "-").map { Int($0.filter { !$0.isWhitespace }) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return nil }
      return last - first + 1
    }
    let count = counts.reduce(0) { $0 + ($1 ?? 0) }
    return count > 0 && !counts.contains(nil) ? count : nil
  }

  /// The smallest quota of the process's control group and of those above it, in whole processors; `nil` if there is
  /// none.
  static func quota(reading read: (String) -> String?) -> Int? {
    let quotas = ControlGroups.folders(of: "cpu", reading: read).compactMap { folder -> Int? in
      if let both = read(folder + "/cpu.max") { return processors(both) }
      guard let quota = read(folder + "/cpu.cfs_quota_us"), let period = read(folder + "/cpu.cfs_period_us") else {
        return nil
      }
      return processors(quota + " " + period)
    }
    return quotas.min()
  }

  /// "150000 100000", a quota and its period in microseconds, is two processors; "max" and -1 mean no quota.
  static func processors(_ text: String) -> Int? {
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else { return nil }
    return max(1, (quota - 1) / period + 1)
  }
}
