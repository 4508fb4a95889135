import Foundation
import TesseraDatasets
import TesseraImaging
import Testing

/// What folders and files may be called, and what is said of those that are not read.
@Suite struct FolderNamesTests {
  private static let formats = FileFormat.list(FileFormat.read.map(\.rawValue), "nor")

  private func add(_ folder: TemporaryFolder, _ names: String..., images: String = "images", masks: String = "masks")
    throws
  {
    for name in names {
      try folder.addImage("\(images)/\(name).png")
      try folder.addMask("\(masks)/\(name).png")
    }
  }

  private func complaint(about folder: TemporaryFolder) -> String {
    do {
      let opened = try DatasetFolder(at: folder.path)
      for split in DatasetSplit.allCases { _ = try opened.dataset(split) }
      return "no error"
    } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  private func leftOut(in folder: TemporaryFolder) throws -> [String] {
    try DatasetFolder(at: folder.path).leftOut().map { "\($0)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test(arguments: [("train", "val"), ("train", "valid"), ("training", "val"), ("train", "validation")])
  func splitsHaveTheNamesOfOtherPrograms(training: String, validation: String) throws {
    let folder = try TemporaryFolder()
    try add(folder, "\(training)/a", "\(training)/b", "\(validation)/c")
    let opened = try DatasetFolder(at: folder.path)
    #expect(!opened.isFlat)
    #expect(try opened.dataset(.training).files.map(\.name) == ["a", "b"])
    #expect(try opened.dataset(.validation).files.map(\.image) == ["\(folder.path)/images/\(validation)/c.png"])
    #expect(try opened.leftOut() == [])
    #expect(opened.cacheName(.training, size: 8).contains("-training-8x8-"))
  }

  @Test func imagesAndMasksMayNameASplitDifferently() throws {
    let folder = try TemporaryFolder()
    for (images, masks, name) in [("train", "training", "a"), ("val", "valid", "b")] {
      try folder.addImage("images/\(images)/\(name).png")
      try folder.addMask("masks/\(masks)/\(name).png")
    }
    #expect(try DatasetFolder(at: folder.path).dataset(.validation).files.map(\.name) == ["b"])
  }

  @Test func twoFoldersForOneSplitAreRefused() throws {
    let folder = try TemporaryFolder()
    try add(folder, "train/a", "training/b", "val/c")
    #expect(
      complaint(about: folder)
        == "DIR/images: has both training/ and train/ for one split; rename or remove the wrong one")
  }

  @Test func aMissingSplitIsNamedAsTheOtherFolderNamesIt() throws {
    let folder = try TemporaryFolder()
    try add(folder, "train/a")
    try folder.addImage("images/val/b.png")
    #expect(
      complaint(about: folder) == "DIR: has no validation data: DIR/masks/val does not exist; there is: "
        + "DIR/images/train, DIR/masks/train, DIR/images/val")
  }

  @Test func picturesThatAreNotReadAreToldWithTheReason() throws {
    let folder = try TemporaryFolder()
    try add(folder, "train/a", "val/b", "test/c", "d")
    try folder.addImage("images/train/.e.png")
    for name in ["f.jxl", "g.BMP", "._h.png", "notes.txt"] { try folder.addText("images/train/\(name)", "") }
    try folder.addImage("images/train/more/i.png")
    let only = "because only DIR/images/train/ and DIR/images/val/ are read"
    #expect(
      try leftOut(in: folder) == [
        "DIR/images: 2 pictures are left out, being neither \(Self.formats) (such as train/f.jxl); convert to PNG what "
          + "belongs to the data",
        "DIR/images: 1 hidden picture is left out (train/.e.png); rename what belongs to the data",
        "DIR/images: 3 pictures are left out (such as d.png), \(only)",
        "DIR/masks: 2 pictures are left out (such as d.png), because only DIR/masks/train/ and DIR/masks/val/ are read",
      ])
    let names = try DatasetFolder(at: folder.path).leftOut()[2].names
    #expect(names == ["d.png", "test/c.png", "train/more/i.png"])
  }

  @Test func aFolderOfSubfoldersSaysWhereItsPicturesAre() throws {
    let folder = try TemporaryFolder()
    try add(folder, "cats/a", "dogs/b")
    #expect(
      complaint(about: folder)
        == "DIR/masks: holds no \(FileFormat.maskEndings) masks; 2 pictures are left out (such as cats/a.png), because "
        + "only DIR/masks/ itself is read")
    try folder.addText("classes.txt", "a\nb")
    #expect(
      complaint(about: folder) == "DIR/images: holds no \(FileFormat.endings) images; 2 pictures are left out (such as "
        + "cats/a.png), because only DIR/images/ itself is read")
  }

  @Test func masksOfAnotherFormatAreNamedWhereImagesLackThem() throws {
    let folder = try TemporaryFolder()
    try add(folder, "a")
    try folder.addImage("images/b.png")
    try folder.addText("masks/b.bmp", "")
    #expect(
      complaint(about: folder)
        == "DIR/images: images and masks must have the same names: 1 without a mask in DIR/masks: "
        + "b.png; DIR/masks: 1 picture is left out, being neither \(Self.formats) (b.bmp); convert to PNG what belongs to "
        + "the data")
  }

  @Test func linksInCirclesEnd() throws {
    let folder = try TemporaryFolder()
    try add(folder, "a", "b")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/images/round", withDestinationPath: "\(folder.path)/images")
    #expect(try DatasetFolder(at: folder.path).leftOut().count == 1)
  }

  @Test func namesThatAreNotUTF8AreCounted() throws {
    let folder = try TemporaryFolder()
    try add(folder, "train/a", "val/b")
    for place in ["images/train", "masks/train", "masks/val"] {
      let name = Array("\(folder.path)/\(place)/caf".utf8) + [0xE9] + Array("_1.png".utf8) + [0]
      let descriptor = name.withUnsafeBytes {
        open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o600)
      }
      #expect(descriptor >= 0)
      close(descriptor)
    }
    #expect(
      complaint(about: folder)
        == "DIR: 3 file names are not UTF-8, such as DIR/images/train/caf\\xE9_1.png; rename the "
        + "files, for example by convmv -f latin1 -t utf8 -r --notest DIR")
  }

  @Test func theClassesOfADE20KAreKnownByTheMasksNamesNotByThePath() throws {
    let folder = try TemporaryFolder()
    let root = "ADE_mine/data"
    for name in ["training/a", "validation/ADE_val_00000001"] {
      try add(folder, name, images: "\(root)/images", masks: "\(root)/annotations")
    }
    #expect(try DatasetFolder(at: "\(folder.path)/\(root)").labelSpace.classes.map(\.name) == ["class 0", "class 1"])
    for place in ["images", "annotations"] {
      try FileManager.default.moveItem(
        atPath: "\(folder.path)/\(root)/\(place)/training/a.png",
        toPath: "\(folder.path)/\(root)/\(place)/training/ADE_train_00000001.png")
    }
    #expect(try DatasetFolder(at: "\(folder.path)/\(root)").labelSpace == .ade20k)
  }

  @Test func sizesThatAreEachOthersTransposeAreAMatterOfOrientation() throws {
    let folder = try TemporaryFolder()
    try folder.addText("classes.txt", "a\nb")
    try folder.addTurnedImage("images/train/a.jpg", storedWidth: 10, storedHeight: 6)
    try folder.addMask("masks/train/a.png", width: 10, height: 6)
    let dataset = try DatasetFolder(at: folder.path).dataset(.training)
    let error = #expect(throws: DatasetError.self) { try dataset.sample(at: 0) }
    #expect(
      error.map { "\($0)".replacingOccurrences(of: folder.path, with: "DIR") }
        == "DIR/images/train/a.jpg: is 6 x 10 pixels, but its mask DIR/masks/train/a.png is 10 x 6; one of them lies "
        + "on its side: save the mask as viewers show the picture, or remove a wrong orientation tag (EXIF) from the "
        + "picture")
  }

  @Test(.disabled(if: FileFormat.tiff.isRead, "is about builds without the trait TIFF"))
  func aFormatOfAnotherBuildIsNamedWithItsTrait() throws {
    let folder = try TemporaryFolder()
    try add(folder, "a")
    try folder.addText("images/b.tif", "")
    #expect(
      try leftOut(in: folder) == [
        "DIR/images: 1 picture is left out, being neither JPEG nor PNG (b.tif); convert to PNG what belongs to the data, "
          + "or to read TIFF build the program with --traits TIFF (scripts/setup.sh --tiff installs what that needs)"
      ])
  }

  @Test func masksRefusedForOneReasonAreOneSentence() throws {
    let folder = try TemporaryFolder()
    for number in 0..<6 {
      try folder.addImage("images/\(number).png")
      try folder.addFolder("masks")
      try Image(width: 8, height: 6, color: Color(9, 0, 0)).write(to: "\(folder.path)/masks/\(number).png")
    }
    try folder.addText("masks/3.png", "")
    #expect(
      complaint(about: folder)
        == "DIR/masks: 6 of its masks cannot be read: DIR/masks/0.png: holds colors; a mask must "
        + "be a \(FileFormat.maskNames) of class numbers, gray or palette (4 more like it); DIR/masks/3.png: is not a \(FileFormat.names) picture "
        + "but an empty file; copy or download it again")
  }
}
