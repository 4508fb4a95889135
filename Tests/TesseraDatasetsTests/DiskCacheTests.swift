import Foundation
import Synchronization
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

@Suite struct DiskCacheTests {
  /// What a cache said while it was used.
  final class Notices: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private static let names = ["a", "b", "c", "d", "e"]

  /// Five JPEGs of different sizes, one gray PNG of 16 bits, and their masks.
  private func dataset(in folder: TemporaryFolder) throws -> FolderDataset {
    var random = RandomStream(seed: 2)
    for (number, name) in Self.names.enumerated() {
      let (width, height) = (30 + 7 * number, 20 + 5 * number)
      let pixels = (0..<width * height * 3).map { _ in UInt8(random.index(below: 256)) }
      try folder.addFolder("images")
      try Image(width: width, height: height, channels: 3, pixels: pixels).write(
        to: "\(folder.path)/images/\(name).jpg")
      try folder.addMask("masks/\(name).png", width: width, height: height, values: [0, 1, 255, UInt16(number % 3)])
    }
    let deep = (0..<24 * 18).map { UInt16($0 * 131) }
    try Image(width: 24, height: 18, channels: 1, samples: .sixteenBit(deep)).write(to: "\(folder.path)/images/z.png")
    try folder.addMask("masks/z.png", width: 24, height: 18, values: [2, 1])
    try folder.addText("classes.txt", "x\ny\nz\n")
    let opened = try DatasetFolder(at: folder.path).dataset(.training)
    // A flat folder holds one out: the cache is to have all.
    let files = (Self.names + ["z"]).map { name in
      FolderDataset.Files(
        name: name, image: "\(folder.path)/images/\(name).\(name == "z" ? "png" : "jpg")",
        mask: "\(folder.path)/masks/\(name).png")
    }
    return FolderDataset(files: files, labelSpace: opened.labelSpace)
  }

  private let size = ImageSize(width: 16, height: 12)

  private func cache(_ dataset: FolderDataset, _ folder: TemporaryFolder, _ notices: Notices) throws
    -> DiskCachedDataset
  {
    try DiskCachedDataset(dataset, size: size, file: "\(folder.path)/cache.tessera", notice: notices.add)
  }

  private func expectSameBits(_ cached: DiskCachedDataset, _ dataset: FolderDataset) throws {
    for index in 0..<dataset.count {
      for (width, height) in [(size.width, size.height), (10, 10)] {
        let (own, expected) = (
          try cached.sample(at: index, width: width, height: height),
          try dataset.sample(at: index, width: width, height: height)
        )
        #expect(own.name == expected.name && own.image == expected.image && own.mask == expected.mask)
      }
      #expect(try cached.sample(at: index).image == dataset.sample(at: index).image)
    }
  }

  @Test func cachedSamplesHaveTheBitsOfTheFiles() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    var progress: [Int] = []
    let built = try DiskCachedDataset(
      dataset, size: size, file: "\(folder.path)/cache.tessera", notice: notices.add, progress: { progress.append($0) })
    #expect(progress == [6])
    try expectSameBits(built, dataset)
    progress = []
    let opened = try DiskCachedDataset(
      dataset, size: size, file: "\(folder.path)/cache.tessera", notice: notices.add, progress: { progress.append($0) })
    #expect(progress.isEmpty)
    try expectSameBits(opened, dataset)
    #expect(notices.all.isEmpty)
    #expect(opened.labelSpace == dataset.labelSpace && opened.count == 6)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("cache") }
    #expect(left == ["cache.tessera"])
  }

  @Test(arguments: Augmentation.allCases)
  func batchesHaveTheSameBitsWithAndWithoutIt(_ augmentation: Augmentation) async throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let cached = try DiskCachedDataset(
      dataset, size: augmentation.readSize(for: size), file: "\(folder.path)/cache.tessera", notice: notices.add)
    func batches(_ source: any SegmentationDataset, workers: Int) async throws -> [Batch] {
      let loader = DataLoader(
        source, batchSize: 4, imageSize: size, augmentation: augmentation, steps: 5, workers: workers)
      var batches: [Batch] = []
      for try await batch in loader.epoch(1) { batches.append(batch) }
      return batches
    }
    let (own, expected) = (try await batches(cached, workers: 3), try await batches(dataset, workers: 1))
    #expect(own.map(\.images) == expected.map(\.images) && own.map(\.masks) == expected.map(\.masks))
  }

  @Test func aDataSetOfOnesOwnIsCachedByItsFingerprint() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    func cached(_ dataset: ChannelDataset) throws -> (set: DiskCachedDataset, made: Int) {
      var made = 0
      let set = try DiskCachedDataset(
        dataset, size: size, file: "\(folder.path)/own.tessera", notice: notices.add, progress: { made = $0 })
      return (set, made)
    }
    let dataset = ChannelDataset(channels: 5, count: 3)
    #expect(try cached(dataset).made == 3)
    let (set, made) = try cached(dataset)
    #expect(made == 0 && notices.all.isEmpty)
    for index in 0..<3 {
      let (own, expected) = (
        try set.sample(at: index, width: 16, height: 12), dataset.sample(at: index, width: 16, height: 12)
      )
      #expect(own.name == "scan \(index)" && own.pixels == expected.pixels && own.mask == expected.mask)
    }
    #expect(try cached(ChannelDataset(channels: 5, count: 3, fingerprint: 8)).made == 3)
    #expect(notices.all.count == 1 && notices.all[0].contains("is older than its sources"))
  }

  /// How a file is spoiled, and what is said of it.
  private static let flaws: [(name: String, spoil: @Sendable (inout [UInt8]) -> Void, words: String)] = [
    ("cut in the middle of a sample", { $0.removeLast($0.count / 3) }, "is cut short"),
    ("cut by a byte", { $0.removeLast() }, "is cut short"),
    ("cut within the header", { $0 = Array($0.prefix(40)) }, "is cut short"),
    ("empty", { $0 = [] }, "is cut short"),
    ("longer", { $0.append(0) }, "is damaged (its length)"),
    (
      "another file", { $0 = Array("PNG or anything else that is long enough for a header, and some more".utf8) },
      "is not a Tessera cache"
    ),
    ("of another version", { $0[8] = 200 }, "was written by another version"),
    ("with another size in its header", { $0[12] ^= 1 }, "is damaged (its header)"),
    ("with a flipped bit in its table", { $0[64 + 24 + 9] ^= 4 }, "is damaged (its table of samples)"),
    ("with a flipped bit in a sample", { $0[$0.count - 70] ^= 1 }, "is damaged (the sample z)"),
  ]

  @Test(arguments: flaws.indices) func aSpoiledCacheIsBuiltAgainAndSaysSoInOneLine(flaw: Int) throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let path = "\(folder.path)/cache.tessera"
    _ = try cache(dataset, folder, notices)
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    var bytes = whole
    Self.flaws[flaw].spoil(&bytes)
    try Data(bytes).write(to: URL(filePath: path))
    try expectSameBits(try cache(dataset, folder, notices), dataset)
    #expect(notices.all.count == 1)
    #expect(notices.all[0].hasPrefix("the cache \(path) \(Self.flaws[flaw].words)"), "\(Self.flaws[flaw].name)")
    #expect(notices.all[0].hasSuffix(": it is rebuilt"))
    #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == whole)
  }

  @Test func everyByteIsCovered() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let all = try dataset(in: folder)
    let dataset = FolderDataset(files: Array(all.files.prefix(2)), labelSpace: all.labelSpace)
    let path = "\(folder.path)/cache.tessera"
    _ = try cache(dataset, folder, notices)
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    // Every byte of the header, and some of everything after it.
    for place in Array(0..<64) + Array(stride(from: 64, to: whole.count, by: 29)) {
      var bytes = whole
      bytes[place] ^= 0x40
      try Data(bytes).write(to: URL(filePath: path))
      // A process that another test forks at this moment may hold the lock, for which the cache then waits.
      func rebuilt() -> Int { notices.all.count { $0.hasPrefix("the cache") } }
      let before = rebuilt()
      _ = try cache(dataset, folder, notices)
      #expect(rebuilt() == before + 1, "byte \(place)")
      #expect([UInt8](try Data(contentsOf: URL(filePath: path))) == whole)
    }
  }

  /// Writes a cache whose bytes were changed and whose checksums fit.
  private func forge(_ path: String, inPlace: Bool = false, sample: Int, byte: Int, to value: UInt8) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    func number(_ offset: Int) -> Int { (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
    func seal(_ range: Range<Int>, at offset: Int) {
      let checksum = UInt64(bytes[range].withUnsafeBytes(CRC32.sum))
      for position in 0..<8 { bytes[offset + position] = UInt8(truncatingIfNeeded: checksum >> UInt64(8 * position)) }
    }
    let (count, entry) = (number(32), 64 + 24 * sample)
    let start = number(entry)
    let end = sample + 1 < count ? number(entry + 24) : bytes.count
    bytes[start + byte] = value
    seal(start..<end, at: entry + 8)
    seal(64..<number(64), at: 48)
    seal(0..<56, at: 56)
    // In place the file that is mapped changes; else another takes its name.
    try Data(bytes).write(to: URL(filePath: path), options: inPlace ? [] : .atomic)
  }

  private func forgeHeader(_ path: String, byte: Int, to value: UInt8) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    bytes[byte] = value
    let checksum = bytes[0..<56].withUnsafeBytes(CRC32.sum)
    for position in 0..<4 { bytes[56 + position] = UInt8(truncatingIfNeeded: checksum >> UInt32(8 * position)) }
    try Data(bytes).write(to: URL(filePath: path))
  }

  @Test func aForgedLabelOutsideTheClassesIsFoundAndItsPictureNamed() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let path = "\(folder.path)/cache.tessera"
    _ = try cache(dataset, folder, notices)
    // An index of the second sample, after its 16 x 12 x 3 colors; then one of its colors, which may be any.
    try forge(path, sample: 1, byte: 16 * 12 * 3 + 83, to: 200)
    try expectSameBits(try cache(dataset, folder, notices), dataset)
    #expect(notices.all == ["the cache \(path) is damaged (the sample b): it is rebuilt"])
    try forge(path, sample: 1, byte: 83, to: 200)
    _ = try cache(dataset, folder, notices)
    #expect(notices.all.count == 1)
  }

  @Test func forgedHeadersAndTablesNeverEndAProgram() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let all = try dataset(in: folder)
    let dataset = FolderDataset(files: Array(all.files.prefix(2)), labelSpace: all.labelSpace)
    let path = "\(folder.path)/cache.tessera"
    _ = try cache(dataset, folder, notices)
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
    var random = RandomStream(seed: 3)
    for _ in 0..<120 {
      var bytes = whole
      for _ in 0...random.index(below: 3) {
        bytes[8 + random.index(below: 48 + 8 + 2 * 24)] = [0, 1, 8, 0x7F, 0x80, 0xFF][random.index(below: 6)]
      }
      for (range, place) in [(64..<128, 48), (0..<56, 56)] {
        let checksum = bytes[range].withUnsafeBytes(CRC32.sum)
        for position in 0..<8 {
          bytes[place + position] = UInt8(truncatingIfNeeded: UInt64(checksum) >> UInt64(8 * position))
        }
      }
      try Data(bytes).write(to: URL(filePath: path), options: .atomic)
      _ = try cache(dataset, folder, notices).sample(at: 1, width: size.width, height: size.height)
    }
  }

  @Test func aLabelThatIsSpoiledWhileInUseNeverReachesTheTraining() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let cached = try cache(dataset, folder, notices)
    try forge("\(folder.path)/cache.tessera", inPlace: true, sample: 1, byte: 16 * 12 * 3 + 83, to: 200)
    try expectSameBits(cached, dataset)
    #expect(
      notices.all == [
        "the cache \(folder.path)/cache.tessera was changed while in use: samples are read from their files"
      ])
  }

  @Test(arguments: [UInt32.max, 1 << 31, 1 << 16]) func enormousSizesInAHeaderAreDamage(side: UInt32) throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let path = "\(folder.path)/cache.tessera"
    _ = try cache(dataset, folder, notices)
    for offset in [12, 16] {
      for position in 0..<4 {
        try forgeHeader(path, byte: offset + position, to: UInt8(truncatingIfNeeded: side >> UInt32(8 * position)))
      }
    }
    try expectSameBits(try cache(dataset, folder, notices), dataset)
    #expect(notices.all == ["the cache \(path) is damaged (its header): it is rebuilt"])
  }

  @Test func pipesAreNamedInsteadOfWaitedFor() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let path = "\(folder.path)/cache.tessera"
    #expect(mkfifo(path, 0o600) == 0)
    let expected = CacheError.notAFile(path: path, reason: "it is a pipe, not a file")
    #expect(throws: expected) { _ = try cache(dataset, folder, notices) }
    #expect(
      "\(expected)" == "\(path): it is a pipe, not a file, where the cache file should be; choose another --cache")
    unlink(path)
    #expect(mkfifo(path + ".part", 0o600) == 0)
    try expectSameBits(try cache(dataset, folder, notices), dataset)
  }

  @Test func changedSourcesAreNoticed() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    _ = try cache(dataset, folder, notices)
    func expectRebuilt(_ count: Int, _ dataset: FolderDataset) throws {
      try expectSameBits(try cache(dataset, folder, notices), dataset)
      #expect(notices.all.count == count)
      #expect(notices.all.last?.contains("is older than its sources, which have changed") == true)
    }
    // The same bytes and length at another time, another picture, another mask, fewer files, another void.
    let path = dataset.files[0].image
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
    try expectRebuilt(1, dataset)
    try folder.addImage("images/b.jpg", width: 37, height: 25, value: 9)
    try expectRebuilt(2, dataset)
    try folder.addMask("masks/c.png", width: 44, height: 30, values: [2])
    try expectRebuilt(3, dataset)
    let fewer = FolderDataset(files: Array(dataset.files.dropLast()), labelSpace: dataset.labelSpace)
    try expectRebuilt(4, fewer)
    let other = FolderDataset(
      files: fewer.files, labelSpace: LabelSpace(names: ["x", "y", "z"] + (3..<256).map { "\($0)" }, void: nil))
    try expectRebuilt(5, other)
    _ = try DiskCachedDataset(other, size: 9, file: "\(folder.path)/cache.tessera", notice: notices.add)
    #expect(notices.all.last?.contains("holds samples of another size") == true)
  }

  @Test func aFileThatIsCutWhileInUseIsLeftAlone() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let cached = try cache(dataset, folder, notices)
    try expectSameBits(cached, dataset)
    #expect(truncate("\(folder.path)/cache.tessera", 100) == 0)
    try expectSameBits(cached, dataset)
    #expect(
      notices.all == [
        "the cache \(folder.path)/cache.tessera was changed while in use: samples are read from their files"
      ])
  }

  @Test func aBadSampleEndsTheBuildingAndLeavesNothing() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    try folder.addText("images/d.jpg", "no picture")
    #expect(throws: ImageError.self) { _ = try cache(dataset, folder, notices) }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("cache") }
    #expect(left.isEmpty)
  }

  @Test func aFolderThatCannotBeWrittenToIsOneClearError() throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    let path = "\(folder.path)/nowhere/cache.tessera"
    #expect(throws: CacheError.unwritable(path: path + ".lock", reason: "there is no folder \(folder.path)/nowhere")) {
      _ = try DiskCachedDataset(dataset, size: size, file: path, notice: notices.add)
    }
    try folder.addFolder("taken.tessera")
    #expect(throws: CacheError.isFolder(path: "\(folder.path)/taken.tessera")) {
      _ = try DiskCachedDataset(dataset, size: size, file: "\(folder.path)/taken.tessera", notice: notices.add)
    }
  }

  @Test func severalBuildersAtOnceDoNotHurtEachOther() async throws {
    let (folder, notices) = (try TemporaryFolder(), Notices())
    let dataset = try dataset(in: folder)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 {
        group.addTask { try expectSameBits(try cache(dataset, folder, notices), dataset) }
      }
      try await group.waitForAll()
    }
    // Whoever came later waited and used what the first one built.
    #expect(notices.all.allSatisfy { $0.hasPrefix("waiting for another process") })
  }

  @Test func namesTellSplitAndSizeAndDifferByWhatIsRead() throws {
    let folder = try TemporaryFolder()
    _ = try dataset(in: folder)
    let opened = try DatasetFolder(at: folder.path)
    let name = opened.cacheName(.training, size: 16)
    #expect(name.contains("-training-16x16-") && name.hasSuffix(".tessera"))
    let others = [
      opened.cacheName(.validation, size: 16), opened.cacheName(.training, size: 32),
      opened.cacheName(.training, size: 16, seed: 5),
      try DatasetFolder(at: folder.path, void: .value(0)).cacheName(.training, size: 16),
    ]
    #expect(Set(others + [name]).count == 5)
    #expect(try DatasetFolder(at: folder.path).cacheName(.training, size: 16) == name)
  }
}
