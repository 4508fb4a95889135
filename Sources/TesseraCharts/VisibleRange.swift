/// The range of values that a panel shows: all, unless a few are so large that the rest would be a flat line.
package struct VisibleRange: Equatable {
  package let range: ClosedRange<Double>
  /// The largest value above the range.
  package let largestOutside: Double?

  /// - Parameter values: finite.
  /// - Returns: `nil` without values.
  package init?(of values: [Double]) {
    let sorted = values.sorted()
    guard let low = sorted.first, let high = sorted.last else { return nil }
    // A loss can leap up by orders of magnitude for a step or two.
    let usual = sorted[(sorted.count - 1) * 95 / 100]
    let isLeap = usual > low && high - usual > 10 * (usual - low)
    range = low...(isLeap ? usual + (usual - low) / 4 : high)
    largestOutside = isLeap ? high : nil
  }
}
