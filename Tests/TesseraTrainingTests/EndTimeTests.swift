import Foundation
import Testing

@testable import TesseraTraining

@Suite struct EndTimeTests {
  private let berlin: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: "Europe/Berlin") ?? .gmt
    return calendar
  }()

  private func date(_ text: String) throws -> Date { try #require(ISO8601DateFormatter().date(from: text)) }

  @Test(arguments: [
    // A time of day is the next one: today's or tomorrow's.
    ("07:00", "2027-03-10T02:00:00Z", "2027-03-10T06:00:00Z"),
    ("07:00", "2027-03-10T06:30:00Z", "2027-03-11T06:00:00Z"),
    ("7:05", "2027-03-10T02:00:00Z", "2027-03-10T06:05:00Z"),
    // The hour that summer time leaves out.
    ("02:30", "2027-03-27T23:30:00Z", "2027-03-28T01:00:00Z"),
    ("2027-01-31T07:00", "2026-12-01T00:00:00Z", "2027-01-31T06:00:00Z"),
    ("2027-01-31 07:00:30", "2026-12-01T00:00:00Z", "2027-01-31T06:00:30Z"),
    ("2027-01-31T07:00Z", "2026-12-01T00:00:00Z", "2027-01-31T07:00:00Z"),
    ("2027-01-31T07:00-05:30", "2026-12-01T00:00:00Z", "2027-01-31T12:30:00Z"),
    ("2020-01-31T07:00+0100", "2026-12-01T00:00:00Z", "2020-01-31T06:00:00Z"),
  ])
  func aWordIsAMoment(word: String, now: String, moment: String) throws {
    let end = try #require(EndTime.read(word))
    #expect(try end.date(at: date(now), in: berlin) == date(moment))
    #expect(end.word == word)
  }

  @Test(arguments: [
    "", "7", "24:00", "07:60", "7:5", "tomorrow", "2027-02-30T07:00", "2027-13-01T07:00", "2027-01-31", "07:00:00",
    "2027-01-31T25:00", "2027-01-31T07:00+99:99", "٠٧:٠٠",
  ])
  func otherWordsAreNone(word: String) {
    #expect(EndTime.read(word) == nil)
  }
}
