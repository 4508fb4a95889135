import Foundation
import TesseraImaging
import TesseraReports
import Testing

@Suite struct ReportPicturesTests {
  private typealias Run = ReportedRun

  private func pictures(_ found: [Int], void: Int? = nil, truth: [UInt16] = Run.split(32)) throws -> ReportPictures {
    try withTemporaryFolder { folder in
      let run = try Run(in: folder + "/run", classes: ["a", "b"], void: void)
      try run.start()
      try run.epoch(1, loss: 1, found.enumerated().map { ("picture \($0)", truth, Run.split($1)) })
      return try #require(try RunRecord(contentsOf: folder + "/run").pictures)
    }
  }

  @Test func theFourBestAndTheFourWorstAreKept() throws {
    // The further from 32, the worse; pictures 2 and 9 are equal.
    let kept = try pictures([20, 31, 10, 32, 5, 30, 25, 28, 0, 10, 15])
    #expect(kept.epoch == 1)
    #expect(kept.best.map(\.name) == [3, 1, 5, 7].map { "picture \($0)" })
    #expect(kept.worst.map(\.name) == [8, 4, 9, 2].map { "picture \($0)" })
    #expect(kept.best[0].meanIoU == 1 && kept.best[0].pixelAccuracy == 1 && kept.best[0].classes == [0, 1])
    #expect(kept.best[1].pixelAccuracy == 63.0 / 64 && abs(kept.best[1].meanIoU - (31.0 / 32 + 32.0 / 33) / 2) < 1e-12)
    // Where class 0 is never found, it counts as 0; where no class is absent, both count.
    #expect(kept.worst[0].meanIoU == 0.25)
  }

  @Test func fewPicturesAreNeverBestAndWorst() throws {
    for count in 1...7 {
      let kept = try pictures((0..<count).map { 32 - $0 })
      let names = (kept.best + kept.worst).map(\.name)
      #expect(Set(names).count == count && names.count == count && kept.best.count == (count + 1) / 2)
    }
  }

  @Test func classesThatAreNotThereDoNotCountNorDoesVoid() throws {
    // All is class 0, and all of it is found.
    #expect(try pictures([64], truth: Run.split(64)).best[0].meanIoU == 1)
    // Class 1 is void: only where it is true.
    let kept = try pictures([16], void: 1)
    #expect(kept.best[0].pixelAccuracy == 0.5 && kept.best[0].classes == [0])
    let errors = try Image(decoding: [UInt8](kept.best[0].errors), name: "errors").pixels
    // Pixels 0, 20 and 40: right, wrong and void.
    #expect(errors[0] == 0 && errors[60] == 255 && errors[120] == 128)
    // Nothing to be good or bad at.
    #expect(try pictures([16], void: 1, truth: Run.split(0)).best.isEmpty)
  }

  @Test func masksAreInTheClassesColors() throws {
    let kept = try pictures([16])
    let space = LabelSpace(names: ["a", "b"], void: nil)
    for (file, first) in [(kept.best[0].truth, 32), (kept.best[0].prediction, 16)] {
      let image = try Image(decoding: [UInt8](file), name: "mask")
      let mask = Mask(width: 8, height: 8, indices: Run.split(first), labelSpace: space)
      #expect(image == mask.colored)
    }
    #expect(try Image(decoding: [UInt8](kept.best[0].photograph), name: "photograph").pixels.allSatisfy { $0 == 0 })
  }

  /// A run that was killed before it was ever saved begins anew.
  @Test func picturesOfAnEarlierRunAreRemoved() throws {
    try withTemporaryFolder { folder in
      let run = try Run(in: folder + "/run", classes: ["a", "b"])
      try run.start()
      try run.epoch(1, loss: 1, [("earlier-scene", Run.split(32), Run.split(30))])
      try run.start()
      #expect(try RunRecord(contentsOf: folder + "/run").pictures == nil)
      #expect(try !run.page.contains("earlier-scene"))
    }
  }
}
