import Foundation
import TesseraDatasets
import TesseraImaging
import Testing

@Suite struct FolderDatasetTests {
  @Test func aPlainFolderWithSplitsIsRead() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "road\ncar\n")
    for (split, names) in [("training", ["b", "a", "c"]), ("validation", ["z"])] {
      for name in names {
        try folder.addImage("images/\(split)/\(name).png", value: 7)
        try folder.addMask("masks/\(split)/\(name).png", values: [0, 1, 255])
      }
    }
    let training = try FolderDataset.open(at: folder.path, split: .training)
    #expect(training.files.map(\.name) == ["a", "b", "c"])
    #expect(training.labelSpace.classes.map(\.name) == ["road", "car"])
    #expect(training.labelSpace.void == 255 && training.labelSpace.count == 2)
    let sample = try training.sample(at: 1)
    #expect(sample.name == "b")
    #expect(sample.image.pixels.allSatisfy { $0 == 7 })
    #expect(Array(sample.mask.indices[..<4]) == [0, 1, 255, 0])
    #expect(try FolderDataset.open(at: folder.path, split: .validation).files.map(\.name) == ["z"])
  }

  @Test func aFlatFolderHoldsATenthOutBySeed() throws {
    let folder = try TemporaryFolder()
    for number in 10..<40 {
      try folder.addImage("images/\(number).png", width: 2, height: 2)
      try folder.addMask("masks/\(number).png", width: 2, height: 2)
    }
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.isFlat)
    let training = try opened.dataset(.training, seed: 5).files.map(\.name)
    let validation = try opened.dataset(.validation, seed: 5).files.map(\.name)
    #expect(training.count == 27 && validation.count == 3)
    #expect((training + validation).sorted() == (10..<40).map(String.init))
    #expect(training == training.sorted() && validation == validation.sorted())
    let others = try (0..<5).map { try opened.dataset(.validation, seed: $0).files.map(\.name) }
    #expect(Set(others).count > 1)
  }

  @Test func endingsMayDifferAndOtherFilesAreIgnored() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/training/one.jpg")
    try folder.addImage("images/training/two.JPEG")
    try folder.addImage("images/training/.hidden.png")
    try folder.addText("images/training/notes.txt", "hello")
    try folder.addText("masks/training/.DS_Store", "")
    for name in ["one", "two"] { try folder.addMask("masks/training/\(name).png") }
    let training = try FolderDataset.open(at: folder.path, split: .training)
    #expect(training.files.map(\.name) == ["one", "two"])
    for index in 0..<2 { #expect(try training.sample(at: index).image.width == 8) }
  }

  @Test func samplesAreScaledTheMaskByNearest() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", (0..<10).map { "class \($0)" }.joined(separator: "\n"))
    for name in ["a", "b"] {
      try folder.addImage("images/\(name).jpg", width: 40, height: 24, value: 200)
      try folder.addMask("masks/\(name).png", width: 40, height: 24, values: [2, 9])
    }
    let sample = try FolderDataset.open(at: folder.path, split: .training).sample(at: 0, width: 7, height: 5)
    #expect(sample.image.width == 7 && sample.image.height == 5)
    #expect(sample.mask.width == 7 && sample.mask.height == 5)
    #expect(Set(sample.mask.indices) == [2, 9])
    #expect(sample.image.pixels.allSatisfy { abs(Int($0) - 200) <= 2 })
  }

  @Test(arguments: [
    (VoidChoice.layoutDefault, 255 as Int?, 3), (.value(0), 0, 3), (.value(2), 2, 2), (.value(7), 7, 3),
  ])
  func withoutNamesTheMasksSayHowManyClassesThereAre(choice: VoidChoice, void: Int?, count: Int) throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/training/a.png")
    try folder.addMask("masks/training/a.png", values: [0, 1])
    // The greatest value lies in the other split.
    try folder.addImage("images/validation/b.png")
    try folder.addMask("masks/validation/b.png", values: [0, 1, 2])
    let space = try DatasetFolder(at: folder.path, void: choice).labelSpace
    #expect(space.void == void)
    #expect(space.count == count)
  }

  @Test func withoutVoidEveryValueIsAClass() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] {
      try folder.addImage("images/\(name).png")
      try folder.addMask("masks/\(name).png", width: 16, height: 16, values: Array(0...255))
    }
    #expect(try DatasetFolder(at: folder.path, void: .none).labelSpace.count == 256)
    #expect(try DatasetFolder(at: folder.path).labelSpace.count == 255)
  }

  @Test func theLayoutOfADE20KHasItsNamesAndVoid() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/training/ADE_train_00000001.jpg")
    try folder.addMask("annotations/training/ADE_train_00000001.png", values: [0, 150])
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.layout == .ade20k && opened.labelSpace == .ade20k)
    #expect(try opened.dataset(.training).sample(at: 0).mask.indices[1] == 150)
    let counted = try DatasetFolder(at: folder.path, void: .none).labelSpace
    #expect(counted.void == nil && counted.count == 151)
  }

  @Test func objectInfoNamesTheClassesFromOneOn() throws {
    let folder = try TemporaryFolder()
    try folder.addText(
      "objectInfo150.txt", "Idx\tRatio\tTrain\tVal\tName\n1\t0.1\t5\t5\thouse, cottage\n2\t0.1\t5\t5\tpath  \n")
    try folder.addImage("images/training/a.png")
    try folder.addMask("annotations/training/a.png", values: [0, 1, 2])
    let space = try DatasetFolder(at: folder.path).labelSpace
    #expect(space.classes.map(\.name) == ["other", "house", "path"])
    #expect(space.void == 0)
  }

  @Test(arguments: [nil, 6, 40] as [Int?]) func sizesAreComparedUprightAtEveryDecodedSize(side: Int?) throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    // Stored lying, upright 60 x 101.
    try folder.addTurnedImage("images/training/a.jpg", storedWidth: 101, storedHeight: 60)
    try folder.addMask("masks/training/a.png", width: 60, height: 101)
    let dataset = try FolderDataset.open(at: folder.path, split: .training)
    let sample = try side.map { try dataset.sample(at: 0, width: $0, height: $0) } ?? dataset.sample(at: 0)
    #expect(sample.image.width == side ?? 60 && sample.image.height == side ?? 101)
    // A mask of the stored shape is a mistake.
    try folder.addMask("masks/training/a.png", width: 101, height: 60)
    #expect(throws: DatasetError.self) { try dataset.sample(at: 0, width: side ?? 6, height: side ?? 6) }
  }

  @Test func otherMasksInADE20KsLayoutAreCounted() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/training/a.png")
    try folder.addMask("annotations/training/a.png", values: [0, 1, 2, 3])
    let space = try DatasetFolder(at: folder.path).labelSpace
    #expect(space.count == 4 && space.void == 0)
  }
}

/// Real photographs, which are not part of the package.
@Suite struct RealFolderTests {
  private static let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "shared/data").path
  private static let isPresent = FileManager.default.fileExists(atPath: data)

  struct Case: Sendable, CustomTestStringConvertible {
    let folder: String
    let counts: [DatasetSplit: Int]
    let outputs: Int
    let void: Int
    let first: String
    var testDescription: String { folder }
  }

  static let cases = [
    Case(folder: "street-sample", counts: [.training: 48, .validation: 10], outputs: 12, void: 0, first: "unlabelled"),
    Case(folder: "membrane", counts: [.training: 24, .validation: 6], outputs: 2, void: 255, first: "membrane"),
    Case(folder: "ade20k-sample", counts: [.validation: 3], outputs: 151, void: 0, first: "other"),
  ]

  @Test(.enabled(if: isPresent, "needs ../shared/data"), arguments: cases)
  func realFoldersAreRead(_ expected: Case) async throws {
    let folder = try DatasetFolder(at: "\(Self.data)/\(expected.folder)")
    #expect(folder.labelSpace.count == expected.outputs)
    #expect(folder.labelSpace.void == expected.void)
    #expect(folder.labelSpace.classes[0].name == expected.first)
    for (split, count) in expected.counts {
      let dataset = try folder.dataset(split)
      #expect(dataset.count == count)
      let natural = try dataset.sample(at: 0)
      #expect(natural.image.width == natural.mask.width && natural.image.height == natural.mask.height)
      let loader = DataLoader(dataset, batchSize: 4, imageSize: 64, augmentation: .standard)
      var names: [String] = []
      for try await batch in loader.epoch(0) {
        #expect(batch.images.shape == [batch.names.count, 64, 64, 3])
        let scalars = batch.images.scalars
        #expect(scalars.allSatisfy { $0 >= 0 && $0 <= 255 } && Set(scalars).count > 50)
        #expect(batch.masks.indices.allSatisfy { $0 == expected.void || (0..<Int32(expected.outputs)).contains($0) })
        names += batch.names
      }
      #expect(Set(names).count == count)
    }
  }

  @Test(.enabled(if: isPresent, "needs ../shared/data"))
  func aSplitThatTheSampleOfADE20KLacksIsNamed() throws {
    let folder = "\(Self.data)/ade20k-sample"
    #expect(
      throws: DatasetError.missingSplit(
        folder: folder, split: .training,
        missing: ["\(folder)/images/training", "\(folder)/annotations/training"],
        found: ["\(folder)/images/validation", "\(folder)/annotations/validation"])
    ) { try FolderDataset.open(at: folder, split: .training) }
  }
}
