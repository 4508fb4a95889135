import Foundation

/// What the system reports about this process's memory.
struct ResourceUsage {
  /// The pages that the system had to map on first touch so far, without reading a file.
  let pageFaults: Int
  /// The most memory that the process ever held.
  let peakMegabytes: Double

  /// The usage up to now.
  static var current: ResourceUsage {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      let megabyte = 1024.0
    #else
      getrusage(RUSAGE_SELF, &usage)
      let megabyte = 1_048_576.0
    #endif
    // What getrusage knows as the peak may be that of the program that started this one.
    let peak = status("VmHWM").map { Double($0) / 1_048_576 } ?? Double(usage.ru_maxrss) / megabyte
    return ResourceUsage(pageFaults: Int(usage.ru_minflt), peakMegabytes: peak)
  }

  /// The bytes of memory that the process holds now; where the system does not say, the most that it ever held.
  static var currentBytes: Int { status("VmRSS") ?? Int(current.peakMegabytes) << 20 }

  /// A number of bytes from Linux's description of the process: "VmRSS:     12345 kB".
  private static func status(_ name: String) -> Int? {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 << 10 }
  }
}
