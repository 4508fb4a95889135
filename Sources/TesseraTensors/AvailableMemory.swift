import Foundation

/// The memory that this process may use: the machine's, or what its control groups' limits (containers, batch jobs)
/// leave of it.
package struct AvailableMemory: Equatable, Sendable {
  /// In bytes: what the process gets at most, whatever else ends.
  package let total: Int
  /// In bytes: what is free for it now, besides what it has.
  package let free: Int

  package init(total: Int, free: Int) { (self.total, self.free) = (total, free) }

  /// As the system says at this moment.
  package static var current: AvailableMemory {
    AvailableMemory(machine: Int(clamping: ProcessInfo.processInfo.physicalMemory)) {
      try? String(contentsOfFile: $0, encoding: .utf8)
    }
  }

  /// - Parameters:
  ///   - machine: the machine's memory in bytes.
  ///   - read: returns the text of a file; `nil` if there is none.
  init(machine: Int, reading read: (String) -> String?) {
    var (total, free) = (machine, read("/proc/meminfo").flatMap(Self.available) ?? machine)
    for folder in ControlGroups.folders(of: "memory", reading: read) {
      // Version 2, then version 1, which says a number near 2^63 where there is no limit.
      func number(_ name: String, or former: String) -> Int? {
        (read("\(folder)/\(name)") ?? read("\(folder)/\(former)")).flatMap { Int($0.filter { !$0.isWhitespace }) }
      }
      guard let limit = number("memory.max", or: "memory.limit_in_bytes"), limit < machine else { continue }
      total = min(total, limit)
      let files = read(folder + "/memory.stat").map(Self.reclaimable) ?? 0
      let used = number("memory.current", or: "memory.usage_in_bytes") ?? 0
      free = min(free, max(0, limit - used + files))
    }
    (self.total, self.free) = (total, min(total, free))
  }

  /// "MemAvailable:   12345 kB" in bytes.
  private static func available(_ text: String) -> Int? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
  }

  /// The bytes of files that a group holds in memory and the system can drop.
  private static func reclaimable(_ text: String) -> Int {
    let line = text.split(separator: "\n").first { $0.hasPrefix("inactive_file ") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}
