/// Metrics in Prometheus' text format, version 0.0.4.
struct PrometheusText {
  enum Kind: String { case counter, gauge, histogram }

  private(set) var text = ""

  /// Adds a metric.
  ///
  /// - Parameter samples: what follows the name (a suffix, labels in braces) with the value.
  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ samples: [(suffix: String, value: Double)]) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    for (suffix, value) in samples { text += "\(name)\(suffix) \(value)\n" }
  }

  /// Adds a metric of one value.
  mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
    add(name, kind, help, [("", value)])
  }
}

/// How many times were up to each of some bounds.
struct TimeHistogram {
  /// In seconds.
  private static let bounds = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]

  /// Entry k: up to bound k and not up to an earlier one; the last: more than all.
  private var counts = [Int](repeating: 0, count: bounds.count + 1)
  private var sum = 0.0

  mutating func record(_ seconds: Double) {
    counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
    sum += seconds
  }

  /// The samples of the histogram, each with a label such as `stage="wait"`.
  func samples(label: String) -> [(suffix: String, value: Double)] {
    var total = 0
    let buckets = zip(Self.bounds.map { "\($0)" } + ["+Inf"], counts).map { bound, count in
      total += count
      return (suffix: #"_bucket{\#(label),le="\#(bound)"}"#, value: Double(total))
    }
    return buckets + [("_sum{\(label)}", sum), ("_count{\(label)}", Double(total))]
  }
}
