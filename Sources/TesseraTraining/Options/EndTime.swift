import Foundation
import TesseraNetworks

/// The value of `--until`: a time of day, or a date with one.
package struct EndTime: OptionValue, Equatable {
  package let word: String
  private let moment: Moment

  fileprivate enum Moment: Equatable {
    /// The next time that a clock shows this.
    case clock(hour: Int, minute: Int)
    /// Without a time zone: where the machine is.
    case local(DateComponents)
    case fixed(Date)
  }

  package static func read(_ word: String) -> EndTime? {
    Moment(word).map { EndTime(word: word, moment: $0) }
  }

  /// As of numbers, the rule says what is wrong.
  package static var isNumber: Bool { true }

  static let rule = OptionRule<EndTime>(
    words: "be a time of day such as 07:00, or a date and a time such as 2027-01-31T07:00")

  /// The moment that is meant at `now`, which may have passed; of a time of day the next one.
  package func date(at now: Date, in calendar: Calendar = .current) -> Date {
    switch moment {
    case .clock(let hour, let minute):
      // There is a next one every day, in the hour that summer time leaves out, too.
      calendar.nextDate(
        after: now, matching: DateComponents(hour: hour, minute: minute), matchingPolicy: .nextTime) ?? now
    case .local(let components): calendar.date(from: components) ?? now
    case .fixed(let date): date
    }
  }

  package func encode(to encoder: any Encoder) throws { try word.encode(to: encoder) }
}

extension EndTime.Moment {
  init?(_ word: String) {
    if let match = word.wholeMatch(of: /(\d{1,2}):(\d{2})/) {
      guard let hour = Int(match.1), let minute = Int(match.2), hour < 24, minute < 60 else { return nil }
      self = .clock(hour: hour, minute: minute)
      return
    }
    guard let match = word.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(:\d{2})?(Z|[+-]\d{2}:?\d{2})?/)
    else { return nil }
    let numbers = [match.1, match.2, match.3, match.4, match.5].compactMap { Int($0) }
    let second = match.6.flatMap { Int($0.dropFirst()) } ?? 0
    var components = DateComponents(
      year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4], second: second)
    var calendar = Calendar(identifier: .gregorian)
    components.calendar = calendar
    guard components.isValidDate else { return nil }
    guard let zone = match.7 else {
      self = .local(components)
      return
    }
    let digits = zone.filter(\.isNumber)
    let minutes = digits.isEmpty ? 0 : (Int(digits.prefix(2)) ?? 0) * 60 + (Int(digits.suffix(2)) ?? 0)
    guard let zone = TimeZone(secondsFromGMT: 60 * (zone.hasPrefix("-") ? -minutes : minutes)) else { return nil }
    calendar.timeZone = zone
    components.calendar = nil
    guard let date = calendar.date(from: components) else { return nil }
    self = .fixed(date)
  }
}
