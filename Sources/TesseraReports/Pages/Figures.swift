import Foundation

/// Numbers as pages write them.
enum Figures {
  /// "12,345".
  static func grouped(_ count: Int) -> String {
    var text = ""
    for (place, digit) in String(count.magnitude).reversed().enumerated() {
      if place > 0 && place % 3 == 0 { text = "," + text }
      text = String(digit) + text
    }
    return count < 0 ? "−" + text : text
  }

  /// "480 × 360" of a record's size, which for a square is its side.
  static func size(_ text: String) -> String {
    let sides = text.split(separator: "x")
    return sides.count == 2 ? sides.joined(separator: " × ") : "\(text) × \(text)"
  }

  /// The nearest whole number; 0 where there is none.
  static func whole(_ value: Double) -> Int { Int(exactly: value.rounded()) ?? 0 }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    value.isFinite ? String(format: "%.\(digits)f", value).replacing("-", with: "−") : "not a number"
  }

  /// A mean IoU, or a class's: 0 to 1.
  static func score(_ value: Double) -> String { fixed(value, 4) }

  /// "12.3 %"; only nothing looks like 0 %, and only everything like 100 %.
  static func percent(_ share: Double, _ digits: Int = 1) -> String {
    let least = pow(10, -Double(digits))
    let shown = share > 0 && share < 1 ? min(100 - least, max(least, 100 * share)) : 100 * share
    return fixed(shown, digits) + "\u{A0}%"
  }

  /// A difference with its sign and a direction that needs no color.
  static func change(_ value: Double, _ digits: Int) -> (text: String, direction: String) {
    let size = String(format: "%.\(digits)f", abs(value))
    if Double(size) == 0 { return ("= \(size)", "same") }
    return value > 0 ? ("▲\u{A0}+\(size)", "up") : ("▼\u{A0}−\(size)", "down")
  }

  /// Longer than anything measured, in seconds.
  private static let endless = 1e15

  /// "2 h 05 min", "12 min 30 s", "4.2 s".
  static func duration(_ seconds: Double) -> String {
    guard abs(seconds) < endless else { return "unknown" }
    if seconds < 10 { return fixed(seconds, 1) + "\u{A0}s" }
    let whole = whole(seconds)
    if whole < 60 { return "\(whole)\u{A0}s" }
    if whole < 3600 { return "\(whole / 60)\u{A0}min" + (whole % 60 == 0 ? "" : " \(whole % 60)\u{A0}s") }
    return "\(grouped(whole / 3600))\u{A0}h \(String(format: "%02d", whole / 60 % 60))\u{A0}min"
  }

  /// "about 12 min": only as exact as an estimate is.
  static func estimate(_ seconds: Double) -> String {
    guard abs(seconds) < endless else { return "an unknown time" }
    if seconds < 5 { return "a few seconds" }
    if seconds < 55 { return "about \(whole(seconds / 5) * 5)\u{A0}s" }
    if seconds < 5400 { return "about \(max(1, whole(seconds / 60)))\u{A0}min" }
    return "about \(duration((seconds / 300).rounded() * 300))"
  }

  /// "2026-01-31 12:00:05 UTC" from ISO 8601.
  static func date(_ text: String) -> String {
    text.wholeMatch(of: /(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z/).map { "\($0.1) \($0.2) UTC" } ?? text
  }

  /// Seconds of a step or an epoch.
  static func seconds(_ value: Double) -> String { value < 1 ? fixed(value, 3) + "\u{A0}s" : duration(value) }
}
