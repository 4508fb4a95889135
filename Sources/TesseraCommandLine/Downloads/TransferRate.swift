/// How fast bytes arrived in the last few seconds.
struct TransferRate {
  /// The seconds looked back on.
  private static let span = 5.0
  private var samples: [(seconds: Double, bytes: Int)] = []

  /// - Parameter seconds: on any steady clock.
  mutating func add(bytes: Int, at seconds: Double) {
    // Fewer bytes than before: it started over.
    if let last = samples.last, last.bytes > bytes { samples = [] }
    // Chunks come by the thousand; ten samples a second are plenty.
    if samples.count > 1, seconds - samples[samples.count - 2].seconds < 0.1 { samples.removeLast() }
    samples.append((seconds, bytes))
    while samples.count > 2, seconds - samples[1].seconds >= Self.span { samples.removeFirst() }
  }

  /// `nil` until there is enough to tell.
  var bytesPerSecond: Double? {
    guard let first = samples.first, let last = samples.last, last.seconds - first.seconds > 0.2 else { return nil }
    return Double(last.bytes - first.bytes) / (last.seconds - first.seconds)
  }
}
