import Foundation
import TesseraDatasets
import TesseraImaging
import Testing

@Suite struct DatasetErrorTests {
  /// What opening a split of a folder says, with the folder's path replaced by DIR.
  private func complaint(
    about folder: TemporaryFolder, split: DatasetSplit = .training, void: VoidChoice = .layoutDefault,
    reading index: Int? = nil, width: Int? = nil
  ) -> String {
    do {
      let dataset = try FolderDataset.open(at: folder.path, split: split, void: void)
      if let index, let width { _ = try dataset.sample(at: index, width: width, height: width) }
      if let index { _ = try dataset.sample(at: index) }
      return "no error"
    } catch {
      #expect((error as? any LocalizedError)?.errorDescription == "\(error)")
      return "\(error)".replacingOccurrences(of: folder.path, with: "DIR")
    }
  }

  private let accepted =
    "expected images/ and annotations/ (ADE20K's layout) or images/ and masks/, each with training/ and validation/ "
    + "inside or, to hold out 10 %, with the files themselves"

  private let others = "or the files of pets, coco-stuff, coco, voc, sbd, cityscapes, camvid, labelme, label-studio"

  @Test func aMissingFolderIsNamedWithTheLayouts() throws {
    #expect(throws: DatasetError.missingFolder("no/such/folder")) {
      try FolderDataset.open(at: "no/such/folder", split: .training)
    }
    #expect("\(DatasetError.missingFolder("x"))" == "x: there is no such folder; \(accepted)")
  }

  @Test func aFolderOfAnotherLayoutSaysWhatItHolds() throws {
    let folder = try TemporaryFolder()
    #expect(complaint(about: folder) == "DIR: is not a data set: it is empty; \(accepted); \(others)")
    try folder.addFolder("images")
    try folder.addFolder("labels")
    #expect(complaint(about: folder) == "DIR: is not a data set: it holds images, labels; \(accepted); \(others)")
    try folder.addFolder("masks")
    try folder.addFolder("annotations")
    #expect(
      complaint(about: folder)
        == "DIR: has both annotations/ and masks/; rename or remove the wrong one")
  }

  @Test func allUnpairedFilesAreNamedAtOnce() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    for name in ["both.png", "lonely.jpg", "twice.jpg", "twice.png"] { try folder.addImage("images/training/\(name)") }
    for name in ["both.png", "stray.png", "twice.png"] { try folder.addMask("masks/training/\(name)") }
    #expect(
      complaint(about: folder) == "DIR/images/training: images and masks must have the same names: "
        + "1 without a mask in DIR/masks/training: lonely.jpg; 1 in DIR/masks/training without an image: stray.png; "
        + "several files for one name: DIR/images/training/{twice.jpg, twice.png}")
  }

  @Test func manyUnpairedFilesAreCountedAndTheErrorHoldsAll() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    for number in 10..<23 { try folder.addImage("images/\(number).png", width: 1, height: 1) }
    try folder.addFolder("masks")
    let message = complaint(about: folder)
    #expect(message.contains("13 without a mask in DIR/masks: 10.png, 11.png") && message.hasSuffix("and 3 more"))
    do {
      _ = try FolderDataset.open(at: folder.path, split: .training)
    } catch DatasetError.unpaired(let files) {
      #expect(files.imagesWithoutMask.count == 13)
    }
  }

  @Test func aFolderWithoutImagesIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    try folder.addFolder("images/training")
    try folder.addFolder("masks/training")
    #expect(complaint(about: folder) == "DIR/images/training: holds no \(FileFormat.endings) images")
  }

  @Test func aFolderWithoutMasksIsNamedWhereClassesWouldBeCounted() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/training/a.png")
    try folder.addFolder("masks/training")
    #expect(complaint(about: folder) == "DIR/masks: holds no \(FileFormat.maskEndings) masks")
  }

  @Test func aMissingSplitIsNamedWithWhatThereIs() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    try folder.addImage("images/training/a.png")
    try folder.addMask("masks/training/a.png")
    #expect(
      complaint(about: folder, split: .validation) == "DIR: has no validation data: DIR/images/validation, "
        + "DIR/masks/validation does not exist; there is: DIR/images/training, DIR/masks/training")
  }

  @Test func oneImageCannotBeSplit() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/a.png")
    try folder.addMask("masks/a.png")
    #expect(
      complaint(about: folder) == "DIR/images: holds 1 image, but a folder without training/ and validation/ needs "
        + "at least 2, because 10 % are held out for validation")
  }

  @Test(arguments: ["png", "jpg"], [nil, 4] as [Int?])
  func differentSizesAreNamedWhenTheSampleIsRead(ending: String, width: Int?) throws {
    // Half the mask's size: what a decoder that scales could confuse.
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    try folder.addImage("images/training/a.\(ending)", width: 40, height: 24)
    try folder.addMask("masks/training/a.png", width: 80, height: 48)
    #expect(
      complaint(about: folder, reading: 0, width: width) == "DIR/images/training/a.\(ending): is 40 x 24 pixels, but "
        + "its mask DIR/masks/training/a.png is 80 x 48; both must have the same size")
  }

  @Test func differentSizesAreNamedForAPictureDecodedAtAQuarter() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    try folder.addImage("images/training/a.jpg", width: 103, height: 60)
    // A quarter of either is 26 x 15.
    try folder.addMask("masks/training/a.png", width: 104, height: 60)
    let dataset = try FolderDataset.open(at: folder.path, split: .training)
    let expected = DatasetError.differentSizes(
      image: "\(folder.path)/images/training/a.jpg", imageSize: ImageSize(width: 103, height: 60),
      mask: "\(folder.path)/masks/training/a.png", maskSize: ImageSize(width: 104, height: 60))
    #expect(throws: expected) { try dataset.sample(at: 0, width: 26, height: 15) }
    try folder.addMask("masks/training/a.png", width: 103, height: 60)
    #expect(try dataset.sample(at: 0, width: 26, height: 15).image.width == 26)
  }

  @Test(arguments: [nil, 26, 10, 60] as [Int?])
  func aNearlySquareTurnedPictureIsNotTakenForItsStoredShape(side: Int?) throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    // Upright 102 x 103; a quarter of either way round is 26 x 26.
    try folder.addTurnedImage("images/training/a.jpg", storedWidth: 103, storedHeight: 102)
    try folder.addMask("masks/training/a.png", width: 103, height: 102)
    let dataset = try FolderDataset.open(at: folder.path, split: .training)
    func read() throws -> Sample {
      try side.map { try dataset.sample(at: 0, width: $0, height: $0) } ?? dataset.sample(at: 0)
    }
    let expected = DatasetError.differentSizes(
      image: "\(folder.path)/images/training/a.jpg", imageSize: ImageSize(width: 102, height: 103),
      mask: "\(folder.path)/masks/training/a.png", maskSize: ImageSize(width: 103, height: 102))
    #expect(throws: expected) { try read() }
    try folder.addMask("masks/training/a.png", width: 102, height: 103)
    #expect(try read().image.width == side ?? 102)
  }

  @Test func aDamagedImageAndAMaskValueOutsideNameTheFile() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    try folder.addText("images/training/broken.jpg", "not a picture")
    try folder.addMask("masks/training/broken.png")
    try folder.addImage("images/training/valued.png")
    try folder.addMask("masks/training/valued.png", values: [0, 0, 9])
    #expect(complaint(about: folder, reading: 0).hasPrefix("DIR/images/training/broken.jpg: "))
    let message = complaint(about: folder, reading: 1)
    #expect(message.hasPrefix("DIR/masks/training/valued.png: ") && message.contains("9 at x = 2, y = 0"))
  }

  @Test func theLoaderPassesTheFilesNameOn() async throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    try folder.addText("images/training/broken.jpg", "not a picture")
    try folder.addMask("masks/training/broken.png")
    let loader = DataLoader(
      try FolderDataset.open(at: folder.path, split: .training), batchSize: 1, imageSize: 16)
    do {
      for try await _ in loader.epoch(0) {}
      Issue.record("a damaged image was read")
    } catch {
      #expect("\(error)".hasPrefix("\(folder.path)/images/training/broken.jpg: "))
    }
  }

  @Test func masksThatCannotBeCountedAreAllNamed() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b", "c"] { try folder.addImage("images/\(name).png") }
    try folder.addMask("masks/a.png")
    try Image(width: 8, height: 6, color: Color(9, 0, 0)).write(to: "\(folder.path)/masks/b.png")
    try folder.addText("masks/c.png", "")
    let message = complaint(about: folder)
    #expect(message.hasPrefix("DIR/masks: 2 of its masks cannot be read: DIR/masks/b.png: "))
    #expect(message.contains("; DIR/masks/c.png: "))
  }

  @Test func masksOf0And255WithoutNamesAreExplained() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/training/a.png")
    try folder.addMask("masks/training/a.png", values: [0, 255])
    #expect(
      complaint(about: folder) == "DIR/masks: its masks hold 1 class besides the void value 255, but at least 2 are "
        + "needed; in 0/255 masks write the second class as 1, or say what the values mean in a map of classes")
  }

  @Test(arguments: [-1, 65536]) func aVoidValueThatNoMaskCanHoldIsRefused(value: Int) throws {
    let folder = try TemporaryFolder()
    try folder.addFolder("images")
    try folder.addFolder("masks")
    #expect(
      complaint(about: folder, void: .value(value))
        == "the void value \(value) is not a mask value: choose one in 0...65535, or none")
  }
}
