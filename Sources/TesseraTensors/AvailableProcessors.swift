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
    let lines = read("/proc/self/cgroup")?.split(separator: "\n") ?? []
    let quotas = lines.flatMap { line -> [Int] in
      // Such as "0::/user.slice" (version 2) and "4:cpu,cpuacct:/docker/1f" (version 1).
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      if fields[0] == "0" && fields[1].isEmpty {
        return groups(fields[2], below: "/sys/fs/cgroup").compactMap { read($0 + "/cpu.max").flatMap(processors) }
      }
      guard fields[1].split(separator: ",").contains("cpu") else { return [] }
      return ["/sys/fs/cgroup/\(fields[1])", "/sys/fs/cgroup/cpu"].flatMap { groups(fields[2], below: $0) }
        .compactMap { folder in
          guard let quota = read(folder + "/cpu.cfs_quota_us"), let period = read(folder + "/cpu.cfs_period_us") else {
            return nil
          }
          return processors(quota + " " + period)
        }
    }
    return quotas.min()
  }

  /// The folders of a control group and of those above it. In a container the path may be the host's, while the root is
  /// the container's.
  private static func groups(_ path: Substring, below root: String) -> [String] {
    let steps = path.split(separator: "/")
    return (0...steps.count).map { count in ([root] + steps.prefix(count).map(String.init)).joined(separator: "/") }
  }

  /// "150000 100000", a quota and its period in microseconds, is two processors; "max" and -1 mean no quota.
  static func processors(_ text: String) -> Int? {
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
    guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else { return nil }
    return max(1, (quota - 1) / period + 1)
  }
}
