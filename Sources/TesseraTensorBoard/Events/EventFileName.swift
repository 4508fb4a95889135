import Foundation

/// The name of an event file: TensorBoard reads files whose names hold `tfevents`, in the order of their names.
struct EventFileName {
  private static let prefix = "events.out.tfevents."

  /// `events.out.tfevents.<seconds since 1970>.<host>.<process>.v2`.
  let name: String

  /// A name that sorts after those of all event files in `folder`, even if the clock went back or a second has not
  /// passed.
  init(in folder: String) {
    let latest = Self.existing(in: folder).compactMap { Int($0.dropFirst(Self.prefix.count).prefix { $0 != "." }) }
      .max()
    let seconds = max(Int(Date().timeIntervalSince1970), (latest ?? 0) + 1)
    // Ten digits, so names sort like numbers.
    name = Self.prefix + String(format: "%010d", seconds) + ".\(Self.host).\(getpid()).v2"
  }

  /// The names of event files in `folder`.
  static func existing(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix(prefix) }.sorted()
  }

  /// The machine's own name, without a network lookup.
  private static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.isEmpty ? "localhost" : text
  }
}
