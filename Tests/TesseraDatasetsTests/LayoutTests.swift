import Foundation
import TesseraImaging
import Testing

@testable import TesseraDatasets

/// The layouts of common data sets: each is recognized, its pairs are found, and its masks mean the right classes.
@Suite struct LayoutTests {
  private func lists(_ folder: TemporaryFolder, _ place: String, _ lists: [String: [String]]) throws {
    for (name, lines) in lists { try folder.addText("\(place)\(name).txt", lines.joined(separator: "\n") + "\n") }
  }

  @Test func pascalVOCIsDividedByItsListsAndHasABorder() throws {
    let folder = try TemporaryFolder()
    for name in ["2007_000032", "2007_000033", "2007_000039", "2007_000042"] {
      try folder.addImage("JPEGImages/\(name).jpg")
    }
    try folder.addPalette("SegmentationClass/2007_000032.png", values: [0, 1, 255])
    try folder.addPalette("SegmentationClass/2007_000033.png", values: [0, 15])
    try folder.addPalette("SegmentationClass/2007_000039.png", values: [20, 255])
    let sets = ["train": ["2007_000033", "2007_000032"], "val": ["2007_000039"]]
    try lists(folder, "ImageSets/Segmentation/", sets)
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.layout.name == "voc" && opened.labelSpace == .voc && opened.namesClasses)
    #expect(try opened.dataset(.training).files.map(\.name) == ["2007_000032", "2007_000033"])
    #expect(try folder.values(.training) == ["2007_000032": [0, 1, 255], "2007_000033": [0, 15]])
    #expect(try folder.values(.validation) == ["2007_000039": [20, 255]])
    let sample = try opened.dataset(.training).sample(at: 0, width: 4, height: 3)
    #expect(sample.mask.width == 4 && sample.mask.labelSpace.void == 255)
  }

  @Test func aListMayNameWhatIsNotThere() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.addImage("JPEGImages/\(name).jpg") }
    try folder.addPalette("SegmentationClass/a.png", values: [0, 1])
    try lists(folder, "ImageSets/Segmentation/", ["train": ["a", "b", "c"], "val": ["a"]])
    #expect(
      folder.complaint()
        == "DIR/ImageSets/Segmentation/train.txt: 2 of its names are no picture with a mask in DIR: b, c; add the "
        + "files, or remove the lines")
    try lists(folder, "ImageSets/Segmentation/", ["train": ["# nothing"]])
    #expect(
      folder.complaint()
        == "DIR/ImageSets/Segmentation/train.txt: the list of pictures cannot be read: it names no picture")
  }

  @Test func masksInTheColorsOfVOCAreItsClasses() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.addImage("JPEGImages/\(name).jpg") }
    for name in ["a", "b"] {
      try folder.addColors("SegmentationClass/\(name).png", [.black, Color(128, 0, 0), Color(224, 224, 192)])
    }
    try lists(folder, "ImageSets/Segmentation/", ["train": ["a"], "val": ["b"]])
    #expect(try folder.values(.training) == ["a": [0, 1, 255]])
  }

  @Test func whatCVATExportsHasTheColorsOfItsLabelMap() throws {
    let folder = try TemporaryFolder()
    try folder.addText(
      "labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:10,200,30::\ndog:250,50,83::\n")
    for name in ["a", "b", "c"] { try folder.addImage("JPEGImages/\(name).jpg") }
    try folder.addColors("SegmentationClass/a.png", [.black, Color(10, 200, 30)])
    try folder.addColors("SegmentationClass/b.png", [Color(250, 50, 83)])
    try folder.addColors("SegmentationClass/c.png", [Color(250, 50, 83), .black])
    try lists(folder, "ImageSets/Segmentation/", ["default": ["a", "b", "c"]])
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.isFlat && opened.labelSpace.classes.map(\.name) == ["background", "cat", "dog"])
    let values = try folder.values(.training).merging(folder.values(.validation)) { $1 }
    #expect(values == ["a": [0, 1], "b": [2], "c": [0, 2]])
    try folder.addColors("SegmentationClass/a.png", [.black, Color(10, 199, 30), Color(255, 52, 80)])
    let complaints = folder.complaint(.training) + folder.complaint(.validation)
    #expect(
      complaints.contains(
        "DIR/SegmentationClass/a.png: #0ac71e (16 px, x = 1, y = 0; nearest: cat #0ac81e), #ff3450 (16 px, x = 2, y = 0; "
          + "nearest: dog #fa3253) are colors of no class"))
  }

  @Test func augmentedVOCHasItsOwnMasksAndList() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b", "c"] {
      try folder.addImage("JPEGImages/\(name).jpg")
      try folder.addMask("SegmentationClassAug/\(name).png", values: [0, 3])
    }
    try lists(folder, "ImageSets/Segmentation/", ["trainaug": ["a", "b"], "train": ["a"], "val": ["c"]])
    #expect(try DatasetFolder(at: folder.path).layout.name == "sbd")
    #expect(try folder.values(.training).count == 2 && folder.values(.validation) == ["c": [0, 3]])
  }

  @Test(arguments: ["labelIds", "labelTrainIds"]) func cityscapesHasCitiesAndTrainedClasses(kind: String) throws {
    let folder = try TemporaryFolder()
    let values: [UInt16] = kind == "labelIds" ? [0, 7, 11, 33, 29] : [255, 0, 2, 18, 255]
    for name in ["train/aachen/aachen_000000_000019", "train/bonn/bonn_000001_000019", "val/ulm/ulm_000000_000019"] {
      try folder.addImage("leftImg8bit/\(name)_leftImg8bit.png")
      try folder.addMask("gtFine/\(name)_gtFine_\(kind).png", values: values)
      try folder.addMask("gtFine/\(name)_gtFine_instanceIds.png", values: [9])
      try folder.addColors("gtFine/\(name)_gtFine_color.png", [Color(1, 2, 3)])
    }
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.layout.name == "cityscapes" && opened.labelSpace == .cityscapes)
    #expect(
      try folder.values(.training)
        == ["aachen_000000_000019": [0, 2, 18, 255], "bonn_000001_000019": [0, 2, 18, 255]])
    #expect(try DatasetSurvey(of: opened.dataset(.validation)).pixels[255] == 19)
  }

  /// A layout's own numbers are not all that masks hold: a map may say what others mean.
  @Test func aMapGivesAMeaningToValuesThatALayoutDoesNotKnow() throws {
    let folder = try TemporaryFolder()
    for name in ["train/aachen/aachen_0", "val/ulm/ulm_0"] {
      try folder.addImage("leftImg8bit/\(name)_leftImg8bit.png")
      try folder.addMask("gtFine/\(name)_gtFine_labelIds.png", values: [7, 99, 98])
    }
    try folder.addText("map.txt", "99 = drone\n98 = void\n* = *\n")
    let map = try ClassMap(contentsOf: folder.path + "/map.txt")
    let opened = try DatasetFolder(at: folder.path).mapped(by: map)
    let mask = try opened.dataset(.training).mask(at: 0)
    #expect(Set(mask.indices.map { opened.labelSpace.name(of: Int($0)) }).isSuperset(of: ["road", "drone"]))
    #expect(mask.indices.contains(UInt16(try #require(opened.labelSpace.void))))
  }

  @Test func classesThatDifferOnlyByCaseAreSaid() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("images/training/a.png")
    try folder.addMask("masks/training/a.png", values: [0, 1, 2])
    try folder.addText("classes.txt", "car\nroad\nCar\n")
    #expect(
      try DatasetFolder(at: folder.path).notes == [
        "the classes \"car\" and \"Car\" differ only by case or spaces; --classes-map makes one of them"
      ])
  }

  @Test func aMissingMaskOfCityscapesIsAllThatIsWrong() throws {
    let folder = try TemporaryFolder()
    for name in ["aachen/aachen_0", "bonn/bonn_0", "bonn/bonn_1"] {
      try folder.addImage("leftImg8bit/train/\(name)_leftImg8bit.png")
      if name != "bonn/bonn_1" { try folder.addMask("gtFine/train/\(name)_gtFine_labelIds.png", values: [7]) }
    }
    #expect(
      folder.complaint()
        == "DIR/leftImg8bit/train: images and masks must have the same names: 1 without a mask in DIR/gtFine/train: "
        + "bonn/bonn_1_leftImg8bit.png")
  }

  @Test func aVoidClassThatIsCountedIsSaid() throws {
    let folder = try TemporaryFolder()
    for split in ["train", "val"] {
      try folder.addImage("\(split)/x.png")
      try folder.addMask("\(split)annot/x.png", values: [0, 8, 11])
    }
    #expect(try DatasetFolder(at: folder.path).notes == [] && DatasetFolder(at: folder.path, void: .none).notes == [])
    let void = try #require(DatasetFolder(at: folder.path).defaultVoid)
    let name = LabelSpace.camvid.name(of: void)
    let notes = try DatasetFolder(at: folder.path, void: .value(300)).notes
    #expect(notes == ["\(void) (\(name)), which is void by default, is a class that counts with --void 300"])
  }

  @Test func anIdentifierThatCityscapesDoesNotHaveIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("leftImg8bit/train/ulm/ulm_0_leftImg8bit.png")
    try folder.addMask("gtFine/train/ulm/ulm_0_gtFine_labelIds.png", values: [7, 7, 40])
    let text = folder.complaint()
    #expect(
      text.hasPrefix("DIR/gtFine/train/ulm/ulm_0_gtFine_labelIds.png: mask values 40 stand for no class (known: 0,"))
    #expect(text.hasSuffix("one is at x = 2, y = 0; correct the mask, or choose another layout or void value"))
  }

  @Test func camVidComesInFourForms() throws {
    let segnet = try TemporaryFolder()
    for split in ["train", "val", "test"] {
      try segnet.addImage("\(split)/x.png")
      try segnet.addMask("\(split)annot/x.png", values: [0, 8, 11])
    }
    #expect(try DatasetFolder(at: segnet.path).labelSpace == .camvid)
    #expect(try segnet.values(.validation) == ["x": [0, 8, 11]])

    let table = "name,r,g,b\nAnimal,64,128,64\nRoad,128,64,128\nVoid,0,0,0\n"
    let colored = try TemporaryFolder()
    try colored.addText("class_dict.csv", table)
    for split in ["train", "val"] {
      try colored.addImage("\(split)/x.png")
      try colored.addColors("\(split)_labels/x_L.png", [Color(128, 64, 128), .black])
    }
    #expect(try DatasetFolder(at: colored.path).labelSpace.void == 2)
    #expect(try colored.values(.training) == ["x": [1, 2]])

    let original = try TemporaryFolder()
    try original.addText("label_colors.txt", "64 128 64\tAnimal\n192 0 128\tArchway\n0 0 0\t\tVoid\n")
    for name in ["a", "b"] {
      try original.addImage("701_StillsRaw_full/\(name).png")
      try original.addColors("LabeledApproved_full/\(name)_L.png", [Color(192, 0, 128), .black])
    }
    #expect(try DatasetFolder(at: original.path).labelSpace.classes.map(\.name) == ["Animal", "Archway", "Void"])
    #expect(try original.values(.validation).values.first == [1, 2])

    let fast = try TemporaryFolder()
    try fast.addText("codes.txt", "Animal\nArchway\nVoid\n")
    try fast.addText("valid.txt", "b.png\n")
    for name in ["a", "b"] {
      try fast.addImage("images/\(name).png")
      try fast.addMask("labels/\(name)_P.png", values: [0, 2])
    }
    #expect(try DatasetFolder(at: fast.path).labelSpace.void == 2)
    #expect(try fast.values(.training) == ["a": [0, 2]] && fast.values(.validation) == ["b": [0, 2]])
    for folder in [segnet, colored, original, fast] {
      #expect(try DatasetFolder(at: folder.path).layout.name == "camvid")
    }
  }

  @Test func petsCountFromOneAndTheirBorderIsVoid() throws {
    let folder = try TemporaryFolder()
    for name in ["Abyssinian_1", "beagle_2", "pug_3"] {
      try folder.addImage("images/\(name).jpg")
      try folder.addMask("annotations/trimaps/\(name).png", values: [1, 2, 3])
    }
    try lists(
      folder, "annotations/",
      ["list": ["#Image CLASS-ID"], "trainval": ["Abyssinian_1 1 1 1", "beagle_2 5 2 1"], "test": ["pug_3 28 2 18"]])
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.layout.name == "pets" && opened.labelSpace == .pets && opened.labelSpace.void == 2)
    #expect(try folder.values(.training) == ["Abyssinian_1": [0, 1, 2], "beagle_2": [0, 1, 2]])
    #expect(try folder.values(.validation) == ["pug_3": [0, 1, 2]])
    #expect(try DatasetFolder(at: folder.path, void: .none).labelSpace.void == nil)
  }

  @Test(arguments: ["annotations", "stuffthingmaps"]) func cocoStuffHas182Classes(masks: String) throws {
    let folder = try TemporaryFolder()
    for split in ["train2017", "val2017"] {
      try folder.addImage("images/\(split)/1.jpg")
      try folder.addMask("\(masks)/\(split)/1.png", values: [0, 181, 255])
    }
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.layout.name == "coco-stuff" && opened.labelSpace.count == 182)
    #expect(opened.labelSpace.name(of: 91) == "banner" && opened.labelSpace.name(of: 181) == "wood")
    #expect(try folder.values(.validation) == ["1": [0, 181, 255]])
  }

  @Test func coloredMasksOfAPlainFolderNeedATable() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] {
      try folder.addImage("images/\(name).jpg")
      try folder.addColors("masks/\(name).png", [Color(255, 0, 0), .black])
    }
    #expect(folder.complaint().contains("holds colors"))
    try folder.addText("class_dict.csv", "name,r,g,b\nroad,255,0,0\ntree,0,255,0\n")
    // Black is no class's color, so it is void.
    #expect(try folder.values(.training).values.first == [0, 255])
  }

  @Test func aFolderAroundADataSetNamesIt() throws {
    let folder = try TemporaryFolder()
    try folder.addImage("VOCdevkit/VOC2012/JPEGImages/a.jpg")
    try folder.addPalette("VOCdevkit/VOC2012/SegmentationClass/a.png", values: [0, 1])
    #expect(
      folder.complaint() == "DIR: is not a data set itself, but DIR/VOCdevkit/VOC2012 is; name that")
    #expect(
      folder.complaint(layout: .cityscapes)
        == "DIR: has not the layout cityscapes (Cityscapes): expected leftImg8bit/*/ and gtFine/*/ with "
        + "*_gtFine_labelIds.png, or leftImg8bit/*/ and gtFine/*/ with *_gtFine_labelTrainIds.png; it holds VOCdevkit")
  }

  @Test func aLayoutOfOnesOwnIsAValue() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] {
      try folder.addImage("photos/\(name).jpg")
      try folder.addMask("labels/\(name)_label.png", values: [10, 20])
    }
    let mine = DataLayout(
      name: "mine", title: "my pictures", void: 255,
      folders: [
        PictureFolders(
          images: "photos", masks: "labels", maskEnding: "_label", classes: LabelSpace(names: ["x", "y"], void: 255),
          relabeling: [10: 0, 20: 1])
      ])
    #expect(try folder.values(.training, layout: mine).values.first == [0, 1])
    DataLayout.$known.withValue(.standard + [mine]) {
      #expect((try? DatasetFolder(at: folder.path))?.layout.name == "mine")
    }
    let listed = DataLayout(name: "listed", title: "listed", void: nil, recognizes: { _ in false }) { folder in
      let files = ["a", "b"].map {
        FolderDataset.Files(
          name: $0, image: "\(folder)/photos/\($0).jpg", mask: "\(folder)/labels/\($0)_label.png",
          storage: .numbers.relabeled([10: 1, 20: 0]))
      }
      return LayoutContents(
        splits: [.training: [files[0]], .validation: [files[1]]], labelSpace: LabelSpace(names: ["x", "y"], void: nil))
    }
    let data = try DatasetFolder(at: folder.path, layout: listed)
    #expect(try data.dataset(.training).mask(at: 0).indices.prefix(2) == [1, 0] && data.defaultVoid == nil)
  }
}
