import Foundation
import TesseraReports
import TestSupport
import Testing

@Suite struct ComparisonPageTests {
  private typealias Run = ReportedRun

  private func record(_ folder: String, found: Int, _ configuration: String) throws -> RunRecord {
    let run = try Run(in: folder, classes: ["sky <1>", "road"], configuration: configuration)
    try run.start()
    try run.epoch(1, loss: Float(64 - found) / 64, [("one", Run.split(32), Run.split(found))])
    try run.end()
    return try RunRecord(contentsOf: folder)
  }

  private func page(_ runs: [RunRecord], names: [String]? = nil) throws -> Elements {
    let comparison = try RunComparison(runs, names: names, usual: RunMetric.usualOnPages)
    let html = ComparisonPage(of: comparison, smoothedOver: 1).html
    #expect(ComparisonPage(of: comparison, smoothedOver: 1).html == html)
    #expect(!html.contains("http://") && !html.contains("https://"))
    return try Elements(html)
  }

  @Test func outcomesClassesOptionsAndTimesStandBesideEachOther() throws {
    try withTemporaryFolder { folder in
      let shared = #""epochs":1,"trainingSamples":5,"parameterCount":"#
      let runs = [
        try record(folder + "/a", found: 16, shared + #"7,"learningRate":0.1,"cores":2"#),
        try record(folder + "/b", found: 28, shared + #"8,"learningRate":0.01,"cores":4"#),
      ]
      let page = try page(runs, names: ["first", "<second>"])
      #expect(page["section"].compactMap { $0["id"] } == ["outcomes", "curves", "options", "classes", "time"])
      for text in [
        "Comparison of 2 runs", "first Finished – 1 of 1 0.5833 0.5833 75.0 % 75.0 % 1.0000 1.0000",
        "<second> Finished – 1 of 1 0.8819", "learning rate 0.1 0.01", "Machines that differ first <second> cores 2 4",
        // IoU 16/32 and 28/32, 32/48 and 32/36.
        "IoU on each run's validation pictures, all in epoch 1. Differences are from first.",
        "sky <1> 0.5000 0.8750 ▲ +0.3750", "road 0.6667 0.8889 ▲ +0.2222",
        "first 6.0 s 6.0 s 2.0 s 1.0 s (16.7 %) 3.0 s (50.0 %) 2.0 s (33.3 %)",
      ] { #expect(page.text.contains(text), "\(text)") }
      // What follows from other options is nobody's choice.
      #expect(!page.text.contains("parameters 7"))
      #expect(page["span"].count { $0["class"] == "best" } == 6)
      #expect(page["figure"].count == 4)
    }
  }

  @Test func aPartSaysOfHowManyRuns() throws {
    try withTemporaryFolder { folder in
      let runs = try ["a", "b"].map { try record("\(folder)/\($0)", found: 16, #""epochs":1"#) }
      let page = try Elements(ComparisonPage(of: RunComparison(runs, chosenFrom: 24), smoothedOver: 1).html)
      #expect(page.text.contains("Comparison of 2 of 24 runs"))
    }
  }

  @Test func differentLossesHaveNoBestValue() throws {
    try withTemporaryFolder { folder in
      let page = try page([
        record(folder + "/a", found: 16, #""epochs":1,"loss":"dice""#),
        record(folder + "/b", found: 28, #""epochs":1"#),
      ])
      #expect(page["span"].count { $0["class"] == "best" } == 4)
      #expect(page.text.contains("The runs minimize different losses, whose values do not compare."))
    }
  }

  @Test func oneRunAndRunsWithoutClassesHaveAPage() throws {
    try withTemporaryFolder { folder in
      let run = try record(folder + "/a", found: 16, #""epochs":1"#)
      let alone = try page([run])
      #expect(alone["section"].compactMap { $0["id"] } == ["outcomes", "curves", "classes", "time"])
      #expect(!alone["span"].contains { $0["class"] == "best" })
      let old = try RunRecord(
        contentsOf: writeRun(folder + "/old", metrics: #"{"event":"step","step":1,"loss":3}"# + "\n"))
      let both = try page([old, run])
      #expect(both.text.contains("old Finished – 0 – – – – – –"))
      #expect(both.text.contains("IoU on each run's validation pictures, a in epoch 1."))
      #expect(try page([old])["section"].compactMap { $0["id"] } == ["outcomes", "curves"])
    }
  }
}
