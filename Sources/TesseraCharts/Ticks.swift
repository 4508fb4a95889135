import Foundation

/// Round numbers along an axis, and the range between the outermost of them.
package struct Ticks: Equatable {
  /// In ascending order, at least two.
  package let values: [Double]
  package let step: Double

  /// Covers `range` with multiples of 1, 2 or 5 times a power of ten.
  ///
  /// - Parameters:
  ///   - range: a single value gets some room on both sides; values larger than 1e300 lie outside the ticks.
  ///   - count: the maximum number of intervals, at least two.
  ///   - isCount: whether only whole numbers make sense.
  package init(covering range: ClosedRange<Double>, atMost count: Int, isCount: Bool = false) {
    var (low, high) = (Self.bounded(range.lowerBound), Self.bounded(range.upperBound))
    if high - low <= 1e-12 * Swift.max(abs(low), abs(high)) {
      let room = isCount ? Swift.max(1, abs(low) * 1e-6) : low == 0 ? 1 : abs(low) * 0.1
      (low, high) = (isCount && low >= 0 ? Swift.max(0, low - room) : low - room, high + room)
    }
    var step = Self.roundStep(atLeast: (high - low) / Double(count))
    if isCount { step = Swift.max(1, step) }
    // Rounding outwards can add an interval at both ends.
    while (high / step).rounded(.up) - (low / step).rounded(.down) > Double(count) {
      step = Self.roundStep(atLeast: step * 1.5)
    }
    let (first, last) = ((low / step).rounded(.down), (high / step).rounded(.up))
    self.step = step
    values = stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// From the first to the last.
  package var range: ClosedRange<Double> { values[0]...values[values.count - 1] }

  /// A tick's value with enough digits to tell it from its neighbors.
  package func label(_ value: Double) -> String {
    let largest = Swift.max(abs(range.lowerBound), abs(range.upperBound))
    if abs(value) < step / 2 { return "0" }
    guard step >= 0.9e-4 && largest < 1e6 else {
      let decimals = Swift.max(0, Self.exponent(abs(value)) - Self.exponent(step))
      return Self.shortExponent(String(format: "%.*e", decimals, value))
    }
    return String(format: "%.*f", Swift.max(0, -Self.exponent(step)), value)
  }

  /// A power of ten: "0.001" or "1e-5".
  package static func powerLabel(_ exponent: Double) -> String {
    shortExponent(String(format: "%g", pow(10, exponent)))
  }

  /// "1e-5" of "1e-05".
  private static func shortExponent(_ text: String) -> String {
    text.replacing(#/e\+?(-?)0*(\d+)/#) { "e\($0.1)\($0.2)" }
  }

  /// With room for arithmetic: neither sums nor steps within it overflow.
  private static func bounded(_ value: Double) -> Double {
    abs(value) < 1e-290 ? 0 : Swift.min(Swift.max(value, -1e300), 1e300)
  }

  private static func roundStep(atLeast least: Double) -> Double {
    let power = pow(10, Double(exponent(least)))
    // A little room, as 0.2 divided by a power of ten may be 2.0000000000000004.
    return ([1, 2, 5, 10].first { $0 * power >= least * (1 - 1e-9) } ?? 10) * power
  }

  /// The power of ten below a positive number.
  private static func exponent(_ value: Double) -> Int { Int(exactly: floor(log10(value) + 1e-9)) ?? 0 }
}
