import Foundation
import TesseraImaging
import TesseraReports
import TesseraTraining
import TestSupport
import Testing

@Suite struct RunPageTests {
  private typealias Run = ReportedRun
  private static let hostile = "a<b>&\"c'</script>]]>"

  /// Three epochs of two classes: 1/2, then 3/4, then 7/8 of the first class's pixels are found.
  private func finished(in folder: String, names: [String] = ["sky", "road"]) throws -> ReportedRun {
    let run = try Run(
      in: folder, classes: names,
      configuration: #"""
        "epochs":3,"stepsPerEpoch":2,"model":{"unet":{"_0":{"width":4}}},"data":"/data/it's <here>",
        "arguments":["--data","/data/it's <here>","--width","4"],"processor":"A & B","memoryMegabytes":24105
        """#)
    try run.start()
    for epoch in 1...3 {
      let found = [16, 24, 28][epoch - 1]
      try run.epoch(
        epoch, loss: 3 - Float(epoch),
        [(Self.hostile, Run.split(32), Run.split(found)), ("plain", Run.split(32), Run.split(32))])
    }
    try run.end()
    return run
  }

  @Test func aPageIsWellFormedAndTellsTheRun() throws {
    try withTemporaryFolder { folder in
      let run = try finished(in: folder + "/my run")
      let page = try Elements(try run.page)
      #expect(page["html"][0]["lang"] == "en" && page["h1"].count == 1 && page["main"].count == 1)
      #expect(
        page["section"].compactMap { $0["id"] } == [
          "curves", "classes", "confusion", "pictures", "time", "configuration", "commands",
        ])
      for text in [
        "my run", "✓ Finished 3 of 3 epochs, 2027-01-15 08:00:00 UTC.",
        // Of 64 + 64 pixels 4 are wrong: IoU 60/64 and 64/68.
        "0.9393 ▲ +0.0574 since epoch 2; the best so far", "96.9 % ▲ +3.1 points",
        "0.2500 ▼ −1.0000 since epoch 2", "sky 0.9375 ▲ +0.0625", "road 0.9412 ▲ +0.0523",
        "sky road 6.2 % 100.0 % 4",
        "waiting for data 3.0 s, 16.7 %", "training 9.0 s, 50.0 %",
        "validation and saving 6.0 s, 33.3 %", "processor A & B", "memory, MB 24,105",
        "'/data/it'\\''s <here>' --width 4", "mean IoU 0.882 · accuracy 93.8 %",
      ] { #expect(page.text.contains(text), "\(text)") }
    }
  }

  @Test func aPageHoldsAllThatItNeedsAndLoadsNothing() throws {
    try withTemporaryFolder { folder in
      let text = try finished(in: folder + "/run").page
      let page = try Elements(text)
      #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("url("))
      #expect(page["link"].isEmpty && page["iframe"].isEmpty && page["script"].allSatisfy { $0["src"] == nil })
      #expect(page["img"].allSatisfy { $0["src"]?.hasPrefix("data:image/") == true })
      #expect(page.values(of: "href").allSatisfy { $0.hasPrefix("#") })
      let policy = try #require(page["meta"].first { $0["http-equiv"] == "Content-Security-Policy" })
      #expect(policy["content"]?.hasPrefix("default-src 'none'; img-src data:;") == true)
    }
  }

  @Test func aPageCanBeReadByMachinesThatReadAloud() throws {
    try withTemporaryFolder { folder in
      let page = try Elements(try finished(in: folder + "/run").page)
      #expect(page["img"].allSatisfy { !($0["alt"] ?? "").isEmpty && $0["width"] == "8" && $0["height"] == "8" })
      #expect(page["th"].allSatisfy { $0["scope"] == "col" || $0["scope"] == "row" })
      let ids = page.values(of: "id")
      #expect(Set(ids).count == ids.count)
      let named = Set(page["label"].compactMap { $0["for"] })
      #expect(page["input"].allSatisfy { $0["aria-label"] != nil || named.contains($0["id"] ?? "") })
      #expect(
        page["svg"].allSatisfy { $0["aria-label"] != nil || $0["aria-hidden"] == "true" || $0["overflow"] != nil })
      let loss = try #require(page["svg"].compactMap { $0["aria-label"] }.first)
      #expect(loss == "Loss over epochs. training 0 at epoch 3, validation 0.25 at epoch 3.")
      let area = try #require(page["rect"].first { $0["class"] == "tc-hover" })
      #expect(area["data-series"]?.contains(#"{"name":"validation","points":[[1,2.25],[2,1.25],[3,0.25]]}"#) == true)
    }
  }

  @Test func namesOfUsersAreText() throws {
    try withTemporaryFolder { folder in
      let names = [Self.hostile, "<img src=x onerror=alert(1)>"]
      let run = try finished(in: folder + "/<i>&\"run\"", names: names)
      let text = try run.page
      let page = try Elements(text)
      #expect(page["i"].allSatisfy { $0["class"] != nil || $0["style"] != nil })
      #expect(page.values(of: "onerror").isEmpty && !text.contains("<b>&") && !text.contains("<img src=x"))
      for name in names + ["<i>&\"run\""] { #expect(page.text.contains(name), "\(name)") }
      #expect(page["script"].count == 2)
    }
  }

  @Test func thePageFollowsFromTheFilesAlone() throws {
    try withTemporaryFolder { folder in
      let run = try finished(in: folder + "/run")
      let page = try run.page
      try FileManager.default.removeItem(atPath: folder + "/run/report.html")
      #expect(try RunRecord(contentsOf: folder + "/run").writePage() == folder + "/run/report.html")
      #expect(try run.page == page)
      #expect(try RunPage(of: RunRecord(contentsOf: folder + "/run")).html == page)
    }
  }

  @Test func aRunThatGoesOnSaysSoAndLooksForNews() throws {
    try withTemporaryFolder { folder in
      let run = try Run(in: folder + "/run", classes: ["a", "b"], configuration: "\"epochs\":200")
      try run.start()
      var page = try Elements(try run.page)
      #expect(page.text.contains("● Running Epoch 1 of 200. As of 2027-01-15 08:00:00 UTC; renewed after each epoch."))
      #expect(page["section"].compactMap { $0["id"] } == ["configuration", "commands"])
      try run.epoch(1, loss: 1, [("one", Run.split(32), Run.split(30))])
      page = try Elements(try run.page)
      // 199 epochs of 6 seconds.
      #expect(page.text.contains("● Running Epoch 2 of 200, about 20 min left."))
      #expect(page["html"][0]["data-renewal"] == "6" && page["html"][0]["data-updated"] == "2027-01-15T08:00:00Z")
      #expect(page["meta"].contains { $0["http-equiv"] == "refresh" && $0["content"] == "6" })
      #expect(page["div"].contains { $0["role"] == "progressbar" && $0["aria-valuenow"] == "1" })
      // Its process is gone.
      let killed = try RunPage(of: RunRecord(contentsOf: folder + "/run").withoutProcess).html
      let told = try Elements(killed)
      #expect(told.text.contains("✕ Killed 1 of 200 epochs, 2027-01-15 08:00:00 UTC."))
      #expect(told["html"][0]["data-renewal"] == nil && !told["meta"].contains { $0["http-equiv"] == "refresh" })
    }
  }

  @Test func everyEndIsTold() throws {
    struct Failure: Error, CustomStringConvertible { let description = "the loss became <NaN>" }
    let ends: [(String, (RunReport) throws -> Void)] = [
      (
        "‖ Interrupted 1 of 3 epochs, 2027-01-15 08:00:00 UTC. It was asked to stop after step 5. It can be resumed.",
        { try $0.trainingInterrupted(step: 5) }
      ),
      (
        "✕ Failed 1 of 3 epochs, 2027-01-15 08:00:00 UTC. the loss became <NaN>", { try $0.trainingFailed(with: Failure()) }
      ),
      (
        "‖ Interrupted 1 of 3 epochs, 2027-01-15 08:00:00 UTC. Its time was up after step 2. It can be resumed.",
        { try $0.trainingEnded(TrainingOutcome(reports: [], ending: .outOfTime(step: 2), steps: 2)) }
      ),
      (
        "✓ Finished 1 of 3 epochs, 2027-01-15 08:00:00 UTC. No epoch was better than epoch 1 for too long.",
        { try $0.trainingEnded(TrainingOutcome(reports: [], ending: .outOfPatience(best: 1), steps: 2)) }
      ),
    ]
    for (sentence, end) in ends {
      try withTemporaryFolder { folder in
        let run = try Run(in: folder + "/run", classes: ["a", "b"])
        try run.start()
        try run.epoch(1, loss: 1, [("one", Run.split(32), Run.split(30))])
        try end(run.report)
        let page = try Elements(try run.page)
        #expect(page.text.contains(sentence), "\(page.text.prefix(300))")
        #expect(page["html"][0]["data-renewal"] == nil)
      }
    }
  }

  /// Runs of other programs and versions have less.
  @Test func aRunOfTwoFilesHasAPage() throws {
    try withTemporaryFolder { folder in
      let empty = try Elements(RunPage(of: RunRecord(contentsOf: writeRun(folder + "/empty"))).html)
      #expect(empty["section"].compactMap { $0["id"] } == ["configuration", "commands"])
      let metrics = RunRecordTests.metrics
      let run = try RunRecord(contentsOf: writeRun(folder + "/old", configuration: #"{"epochs":2}"#, metrics: metrics))
      let page = try Elements(RunPage(of: run).html)
      #expect(page["section"].compactMap { $0["id"] } == ["curves", "time", "configuration", "commands"])
      #expect(page.text.contains("✓ Finished 2 of 2 epochs, as far as its files show."))
      #expect(page.text.contains("2 5.0000 0.3000 3.5000 0.7500 – 5.0"))
    }
  }

  @Test func aReportThatCannotBeWrittenSaysWhyAndIsNotEssential() throws {
    try withTemporaryFolder { folder in
      let run = try Run(in: folder + "/run", classes: ["a", "b"])
      try FileManager.default.createDirectory(
        atPath: folder + "/run/report.html/in the way", withIntermediateDirectories: true)
      for step in [
        run.start, { try run.epoch(1, loss: 1, [("one", Run.split(32), Run.split(30))]) }, run.end,
      ] as [() throws -> Void] {
        let error = #expect(throws: (any Error).self) { try step() }
        #expect(error.map { "\($0)" } == "\(folder)/run/report.html is not up to date: Is a directory")
      }
      #expect(!run.report.isEssential)
      // The status is a file of its own.
      #expect(try RunStatus(ofRun: folder + "/run").state == .finished)
    }
  }

  @Test func aStatusFitsIntoTheBlocksOfTheOneBefore() throws {
    try withTemporaryFolder { folder in
      let run = try Run(in: folder, classes: ["a", "b"])
      try run.report.trainingFailed(with: TrainingError.lossIsNotFinite(loss: .nan, step: 7, learningRate: 2))
      let path = folder + "/status.json"
      let long = try Data(contentsOf: URL(filePath: path))
      let failed = try RunStatus(ofRun: folder)
      #expect(failed.state == .failed && failed.hasBrokenWeights)
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      try run.report.trainingStarts(TrainingPlan(epochs: 3, stepsPerEpoch: 2))
      let running = try RunStatus(ofRun: folder)
      #expect(running.state == .running && running.detail == nil && !running.hasBrokenWeights)
      // The same file, as long as before.
      let short = try #require(try file.readToEnd())
      #expect(short.count == long.count && short.last == UInt8(ascii: "\n"))
    }
  }
}
