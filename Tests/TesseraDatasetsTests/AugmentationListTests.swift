import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

/// Lists of steps: how they are written, and what all have in common.
@Suite struct AugmentationListTests {
  private let size = ImageSize(width: 40, height: 32)
  private let pictures = NoisePictures()

  private func samples(_ augmentation: Augmentation, count: Int = 30) throws -> [Sample] {
    try (0..<count).map { number in
      try augmentation.sample(
        at: number % pictures.count, of: pictures, size: size, random: RandomStream(seed: 5).derived("t", number))
    }
  }

  private func expectSame(_ a: Augmentation, _ b: Augmentation) throws {
    let (a, b) = (try samples(a), try samples(b))
    #expect(a.map(\.pixels) == b.map(\.pixels) && a.map(\.mask) == b.map(\.mask))
  }

  @Test(arguments: [
    ("none", "none"), ("flip", "flip"), ("standard", "standard"), ("strong", "strong"), ("vflip", "vflip"),
    ("flip,vflip", "flip,vflip"), ("scale", "scale=0.5:2"), ("crop", "crop=0.5"), ("rotate=10.0", "rotate=10"),
    ("standard,rotate", "standard,rotate=10"), ("strong,cutout,cutmix", "strong,cutout=0.25,cutmix=0.5"),
    ("scale=1:1.5,balance=0.6", "scale=1:1.5,balance=0.6"),
    ("elastic,color,blur,noise", "elastic=0.02,color=0.2,blur=1,noise=8"),
    ("scale=0.5:2,balance=0.75,color=0.2,flip", "standard"),
    ("scale=0.5:2,balance=0.75,color=0.2,flip,rotate=3", "standard,rotate=3"),
    ("scale=0.5:2,balance,color=0.4,blur,noise,rotate=15,flip", "strong"),
  ])
  func aListIsNamedByItsWordsAndValues(text: String, name: String) throws {
    let list = try Augmentation(parsing: text)
    #expect(list.rawValue == name && Augmentation(rawValue: name) == list)
    let data = try JSONEncoder().encode([list])
    #expect(try JSONDecoder().decode([Augmentation].self, from: data) == [list])
  }

  @Test(arguments: [
    ("", "got an empty word"), ("flop", "cutmix=0.5; got flop"), ("flip,", "got an empty word"),
    ("flip=1", "flip has no value; got flip=1"), ("standard=2", "standard has no value; got standard=2"),
    ("rotate=x", "rotate needs a number in 0...180, such as rotate=10; got rotate=x"),
    ("rotate=", "rotate needs a number in 0...180, such as rotate=10; got rotate="),
    ("rotate=200", "rotate needs a number in 0...180, such as rotate=10; got rotate=200"),
    ("rotate=nan", "rotate needs a number"), ("cutout=-1", "cutout needs a number in 0...1"),
    ("crop=0.1", "crop needs a number in 0.25...1, such as crop=0.5; got crop=0.1"),
    ("scale=2", "scale needs two numbers in 0.25...4, the smaller first, such as scale=0.5:2; got scale=2"),
    ("scale=2:1", "scale needs two numbers in 0.25...4"), ("scale=0.1:2", "scale needs two numbers in 0.25...4"),
    ("flip,color,scale", "scale=0.5:2 must come before flip: pictures are scaled and cropped first"),
    ("flip,standard", "standard must be the first of a list"), ("none,flip", "none must stand alone"),
    ("flip,flip", "flip occurs twice"),
    ("standard,color=0.4", "color occurs twice: standard is scale=0.5:2,balance=0.75,color=0.2,flip"),
  ])
  func otherWordsAreRefusedWithARemedy(text: String, part: String) {
    let error = #expect(throws: AugmentationError.self) { try Augmentation(parsing: text) }
    #expect(error?.description.contains(part) == true, "\(error.map(String.init(describing:)) ?? "")")
  }

  @Test func theWordsOfStepsAreThoseThatAreRead() throws {
    let steps: [any AugmentationStep] = [
      RandomScale(0.5...2), RandomCrop(0.5), BalancedCrop(), Flip(), Flip(.vertical), Rotation(), ElasticDeformation(),
      ColorJitter(), GaussianBlur(), GaussianNoise(), CutOut(), CutMix(),
    ]
    #expect(steps.map(\.word) == Augmentation.stepWords.map(\.word))
    let list = try Augmentation(parsing: steps.map(\.word).joined(separator: ","))
    #expect(list == Augmentation(steps))
    try expectSame(list, Augmentation(steps))
  }

  /// The page's table has each step with its default and its range, and the named lists word by word.
  @Test func thePageHasAllStepsAndLists() throws {
    let page = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/augmentation.md"),
      encoding: .utf8)
    for (word, _) in Augmentation.stepWords {
      let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| `\(word)`") }, "\(word)")
      let name = word.prefix { $0 != "=" }
      let error = #expect(throws: AugmentationError.self) { try Augmentation(parsing: "\(name)=x") }
      guard let range = error?.description.firstMatch(of: /in (\S+\.\.\.\S+),/) else { continue }
      #expect(row.hasSuffix("| \(range.1) |"), "\(row): \(range.1)")
    }
    for name in ["standard", "strong"] {
      let pattern = try Regex("\n\\| `\(name)` \\| `([^`]*)` \\|", as: (Substring, Substring).self)
      let row = try #require(page.firstMatch(of: pattern))
      let list = try #require(Augmentation(rawValue: String(row.1)))
      #expect(list.rawValue == name)
      try expectSame(list, try Augmentation(parsing: name))
    }
  }

  @Test(arguments: Augmentation.stepWords.map(\.word) + ["strong,elastic,cutout,cutmix"])
  func everyStepDependsOnSeedPassAndSampleAlone(word: String) async throws {
    let list = try Augmentation(parsing: word)
    for framing in [Framing.stretch, .crop()] {
      var runs: [[Batch]] = []
      for (workers, seed) in [(1, 3), (4, 3), (1, 4)] as [(Int, UInt64)] {
        let loader = DataLoader(
          pictures, batchSize: 3, imageSize: size, framing: framing, augmentation: list, shuffles: false,
          seed: seed, steps: 8, workers: workers)
        var batches: [Batch] = []
        for try await batch in loader.epoch(1) { batches.append(batch) }
        runs.append(batches)
      }
      #expect(runs[0].map(\.images) == runs[1].map(\.images) && runs[0].map(\.masks) == runs[1].map(\.masks))
      #expect(runs[0].map(\.images) != runs[2].map(\.images) || list.complaint(with: framing) != nil)
      #expect(runs.joined().allSatisfy { Set($0.masks.indices).isSubset(of: [0, 1, 2, 3, 255]) })
    }
  }

  @Test func aStepDoesNotChangeWhatOthersDraw() throws {
    let (short, long) = (try samples(.init(parsing: "flip")), try samples(.init(parsing: "color,cutout=0,vflip,flip")))
    for (short, long) in zip(short, long) {
      let rows = (0..<32).map { Array(short.mask.indices[$0 * 40..<($0 + 1) * 40]) }
      let mirrored = Array(rows.reversed().joined())
      #expect(long.mask.indices == short.mask.indices || long.mask.indices == mirrored)
    }
  }

  /// Loaded at twice their size only if they may be enlarged.
  @Test func picturesAreReadAsLargeAsTheyAreNeeded() throws {
    for (word, scale) in [
      ("flip,rotate,cutmix", 1), ("scale=0.5:1", 1), ("balance", 1), ("scale=1:1.2", 2), ("crop=0.8", 2), ("scale", 2),
    ] {
      let read = try Augmentation(parsing: word).readSize(for: size)
      #expect(read == ImageSize(width: scale * size.width, height: scale * size.height), "\(word)")
    }
  }

  @Test func whereNothingIsCroppedNothingCanBeBalanced() throws {
    let list = try Augmentation(parsing: "scale=0.5:1,balance")
    for framing in [Framing.stretch, .pad] {
      #expect(
        list.complaint(with: framing)
          == "scale=0.5:1,balance=0.75: balance chooses among crops, but all of a picture is seen; add scale=0.5:2, "
          + "crop=0.5 or --framing crop")
      #expect(Augmentation.standard.complaint(with: framing) == nil)
    }
    #expect(list.complaint(with: .crop()) == nil)
  }

  @Test func listsThatCannotBeStop() async {
    let order = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Augmentation([Flip(), RandomScale(0.5...2)])
    }
    let twice = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Augmentation([RandomScale(0.5...2), RandomScale(1...2)])
    }
    let texts = [order, twice].map { String(decoding: $0?.standardErrorContent ?? [], as: UTF8.self) }
    #expect(
      texts[0].contains("Augmentation flip,scale=0.5:2: scale=0.5:2 must come before steps of other kinds"),
      "\(texts[0])")
    #expect(texts[1].contains("Augmentation scale=0.5:2,scale=1:2: there can be only one scale"), "\(texts[1])")
  }
}
