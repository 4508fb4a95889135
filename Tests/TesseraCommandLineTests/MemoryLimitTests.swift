import Foundation
import TesseraTraining
import Testing

@testable import TesseraCommandLine

/// `--max-memory`: what is chosen, said, recorded and resumed.
@Suite struct MemoryLimitTests {
  /// A run of 100 MB, and 64 MB for each picture of which half is computed twice.
  private static func peak(_ saving: MemorySaving, batchSize: Int = 8) -> Int {
    let pictures = min(batchSize, saving.microBatch?.pictures ?? batchSize)
    return (100 + pictures * (saving.recomputesBlocks ? 32 : 64)) << 20
  }

  private static func limit(
    _ megabytes: Int, batchSize: Int = 8, given: MemorySaving = MemorySaving(), isDecided: Bool = false,
    looksAtBatches: Bool = false, lossAddsUp: Bool = true
  ) -> MemoryLimit {
    MemoryLimit(
      limit: MemorySize(bytes: megabytes << 20), batchSize: batchSize, given: given, isDecided: isDecided,
      looksAtBatches: looksAtBatches, lossAddsUp: lossAddsUp)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let megabytes: Int
    var looksAtBatches = false
    var lossAddsUp = true
    var isDecided = false
    var recomputes = false
    /// 0 for all.
    let pictures: Int
    let recomputesBlocks: Bool
    var testDescription: String { "\(megabytes) MB: \(pictures), \(recomputesBlocks)" }
  }

  @Test(arguments: [
    Case(megabytes: 612, pictures: 0, recomputesBlocks: false),
    // Pieces cost least; the largest that fit.
    Case(megabytes: 611, pictures: 4, recomputesBlocks: false),
    Case(megabytes: 300, pictures: 3, recomputesBlocks: false),
    Case(megabytes: 164, pictures: 1, recomputesBlocks: false),
    Case(megabytes: 163, pictures: 1, recomputesBlocks: true),
    // Batch normalization sees the whole batch as long as possible.
    Case(megabytes: 611, looksAtBatches: true, pictures: 0, recomputesBlocks: true),
    Case(megabytes: 355, looksAtBatches: true, pictures: 4, recomputesBlocks: true),
    // A loss that must see all pieces costs as much as blocks that are computed twice.
    Case(megabytes: 611, lossAddsUp: false, pictures: 0, recomputesBlocks: true),
    Case(megabytes: 300, lossAddsUp: false, pictures: 3, recomputesBlocks: false),
    Case(megabytes: 150, lossAddsUp: false, pictures: 1, recomputesBlocks: true),
    // A resumed run keeps its pieces.
    Case(megabytes: 400, isDecided: true, pictures: 0, recomputesBlocks: true),
    // What was asked for stays.
    Case(megabytes: 612, recomputes: true, pictures: 0, recomputesBlocks: true),
    Case(megabytes: 300, recomputes: true, pictures: 4, recomputesBlocks: true),
  ]) func theCheapestWayThatFitsIsChosen(_ test: Case) async throws {
    let limit = Self.limit(
      test.megabytes, given: MemorySaving(recomputesBlocks: test.recomputes), isDecided: test.isDecided,
      looksAtBatches: test.looksAtBatches, lossAddsUp: test.lossAddsUp)
    let choice = try await limit.choice { Self.peak($0) }
    #expect(choice.saving.microBatch?.pictures ?? 0 == test.pictures)
    #expect(choice.saving.microBatch?.lossAddsUp ?? test.lossAddsUp == test.lossAddsUp)
    #expect(choice.saving.recomputesBlocks == test.recomputesBlocks)
    #expect(choice.peak == Self.peak(choice.saving) && choice.peak <= test.megabytes << 20)
    #expect(choice.unlimited == Self.peak(MemorySaving(recomputesBlocks: test.recomputes)))
  }

  @Test func aLimitThatCannotBeMetNamesTheLeastThatCan() async throws {
    func message(_ limit: MemoryLimit) async -> String {
      do {
        return "\(try await limit.choice { Self.peak($0, batchSize: limit.batchSize) })"
      } catch {
        return "\(error)"
      }
    }
    let end = "; raise the limit, or choose smaller pictures (--image-size) or a smaller network"
    #expect(
      await message(Self.limit(131))
        == "--max-memory 131M is too little: this run takes at least 132M, with single pictures and blocks that are "
        + "computed twice\(end)")
    #expect(
      await message(Self.limit(131, batchSize: 1))
        == "--max-memory 131M is too little: this run takes at least 132M, with blocks that are computed twice\(end)")
    #expect(
      await message(Self.limit(200, isDecided: true))
        == "--max-memory 200M is too little: this run takes at least 356M, with blocks that are computed twice (how "
        + "batches are cut is decided already)\(end)")
  }

  @Test func whatIsSaidHasWhatIsChosenTheMemoryAndThePrice() async throws {
    func line(_ megabytes: Int, lossAddsUp: Bool = true) async throws -> String {
      let limit = Self.limit(megabytes, lossAddsUp: lossAddsUp)
      return try await limit.choice { Self.peak($0) }.line(limit.limit, batchSize: 8)
    }
    #expect(try await line(1024) == "--max-memory 1G: about 612M at the peak, and nothing has to change")
    #expect(
      try await line(300) == "--max-memory 300M: pictures go through the network 3 at a time, for one step of "
        + "all 8; about 292M at the peak instead of 612M, in about the same time")
    #expect(
      try await line(150, lossAddsUp: false) == "--max-memory 150M: pictures go through the network 1 at a time, "
        + "twice because the loss looks at all of them together, for one step of all 8; blocks of the network are computed "
        + "twice; about 132M at the peak instead of 612M, steps take up to twice as long")
  }

  @Test func sizesAreReadAsPeopleWriteThem() {
    let sizes: [(String, Int?)] = [
      ("2G", 2 << 30), ("2g", 2 << 30), ("2GB", 2 << 30), ("2GiB", 2 << 30), ("1500M", 1500 << 20),
      ("1.5G", 3 << 29), ("65536K", 64 << 20), ("1T", 1 << 40), ("2", nil), ("G", nil), ("-1G", nil), ("0M", nil),
      ("nanM", nil), ("infG", nil), ("9999999T", nil), ("2 G", nil), ("", nil), ("B", nil),
    ]
    for (word, bytes) in sizes { #expect(MemorySize.read(word)?.bytes == bytes, "\(word)") }
    #expect(MemorySize(bytes: 2 << 30).word == "2G" && MemorySize(bytes: 3 << 29).word == "1536M")
    #expect(MemorySize(bytes: (1 << 20) + 1).word == "2M")
  }

  private static let words =
    "--width 8 --image-size 128 --epochs 1 --steps-per-epoch 2 --batch-size 16 --validation-steps 1 --threads 1"
    .split(separator: " ").map(String.init)

  private func record(_ run: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: contents("\(run)/config.json")) as? [String: Any])
  }

  @Test func theChoiceIsRecordedAndResumedExactly() throws {
    try withTemporaryFolder { folder in
      func train(_ words: [String]) throws -> Program.Outcome { try Program.unet.run(words, in: folder) }
      let refused = try train(Self.words + ["--max-memory", "40M", "--output", "run"])
      #expect(
        refused.status == 1
          && refused.errors.contains(/^Error: --max-memory 40M is too little: .* at least \d+M, with/),
        "\(refused.errors)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)

      // Between what single pictures take and what all take.
      let least = try #require(refused.errors.firstMatch(of: /at least (\d+)M/).flatMap { Int($0.1) })
      let limit = ["--max-memory", "\(least + 60)M"]
      let first = try train(Self.words + limit + ["--output", "run"])
      try #require(first.status == 0, "\(first.errors)")
      #expect(first.output.contains("\n--max-memory \(least + 60)M: pictures go through the network "))
      let pictures = try #require(try record(folder + "/run")["microBatch"] as? Int)
      #expect((1..<16).contains(pictures))

      // Another limit changes no bit of what is left, also one that would have been kept otherwise.
      let resumed = try train(["--resume", "--output", "run", "--epochs", "2", "--max-memory", "8G"])
      try #require(resumed.status == 0, "\(resumed.errors)")
      let whole = try train(
        Self.words + ["--epochs", "2", "--micro-batch", "\(pictures)", "--recompute", "--output", "whole"])
      try #require(whole.status == 0, "\(whole.errors)")
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
      let other = try train(["--resume", "--output", "run", "--epochs", "3", "--micro-batch", "\(pictures + 1)"])
      #expect(
        other.status == 1 && other.errors.contains("--micro-batch: \(pictures) in the run, \(pictures + 1) now"),
        "\(other.errors)")
    }
  }

  @Test func batchNormalizationThatSeesPiecesIsSaid() throws {
    try withTemporaryFolder { folder in
      let words = Self.words.dropFirst(2).map { $0 == "128" ? "32" : $0 } + ["--output", "run", "--micro-batch", "4"]
      let outcome = try Program.tessera.run(["train", "lraspp-mobilenetv2"] + words, in: folder)
      #expect(outcome.status == 0)
      #expect(
        outcome.errors.contains(
          "note: batch normalization sees 16 pictures in pieces of 4, as if the pieces were batches: a step is not quite that "
            + "of the whole batch\n"), "\(outcome.errors)")
      let larger = try Program.tessera.run(
        ["train", "lraspp-mobilenetv2"] + words.dropLast(4) + ["--output", "larger", "--micro-batch", "17"], in: folder)
      #expect(larger.status == 0)
      #expect(
        larger.errors.contains("note: --micro-batch 17 has no effect: batches have 16 pictures\n"), "\(larger.errors)")
    }
  }

  @Test func sizesAreWrittenInTheUnitThatFits() {
    #expect(
      [900, 524_288, 1_048_576, 999 << 20, 1024 << 20].map(MemoryNeed.text)
        == ["1 KB", "512 KB", "1 MB", "999 MB", "1.00 GB"])
  }
}
