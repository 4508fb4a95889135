import TesseraFiles
import TesseraImaging

extension DataLayout {
  /// ADE20K's (`ADEChallengeData2016`): `images` and `annotations`; 0 is void.
  public static let ade20k = paired(name: "ade20k", title: "ADE20K", masks: "annotations", void: 0)

  /// `images` and `masks`; 255 is void.
  public static let folder = paired(name: "folder", title: "images and masks", masks: "masks", void: 255)

  /// `images` and a folder of masks, each with folders of splits inside or flat.
  private static func paired(name: String, title: String, masks: String, void: Int) -> DataLayout {
    DataLayout(name: name, title: title, void: void) { folder in
      isFolder("\(folder)/\(imagesName)") && isFolder("\(folder)/\(masks)")
    } contents: { folder in
      let folders = try SplitFolders(images: "\(folder)/\(imagesName)", masks: "\(folder)/\(masks)")
      return LayoutContents(.folders(folders), labelSpace: nil)
    }
  }

  static let imagesName = "images"

  /// Pascal VOC (Everingham et al. 2010), and CVAT's "Segmentation mask": `JPEGImages`, `SegmentationClass`,
  /// `ImageSets/Segmentation`. Masks hold numbers, or the colors of `labelmap.txt` or of the data set; 255 is void.
  public static let voc = DataLayout(name: "voc", title: "Pascal VOC", void: 255, folders: [vocFolders])

  /// SBD (Hariharan et al. 2011) in VOC's form, as it is passed on with its masks converted: `JPEGImages`,
  /// `SegmentationClassAug`.
  public static let sbd = DataLayout(
    name: "sbd", title: "SBD in Pascal VOC's form", void: 255, folders: [augmentedFolders])

  private static let vocFolders = PictureFolders(
    images: "JPEGImages", masks: "SegmentationClass", needsAllMasks: false, lists: "ImageSets/Segmentation",
    classes: .voc, furtherColors: [Color(224, 224, 192): 255])

  private static var augmentedFolders: PictureFolders {
    var folders = vocFolders
    folders.masks = "SegmentationClassAug"
    folders.splits = [.training: ["trainaug", "train_aug", "train"], .validation: ["val"]]
    return folders
  }

  /// Cityscapes (Cordts et al. 2016): `leftImg8bit` and `gtFine`, in folders of splits and cities. `labelIds` become
  /// the 19 classes of training, `labelTrainIds` are these; all else is void, 255.
  public static let cityscapes = DataLayout(
    name: "cityscapes", title: "Cityscapes", void: 255,
    folders: [cityscapesFolders("labelIds", cityscapesClasses), cityscapesFolders("labelTrainIds", trainedClasses)])

  private static func cityscapesFolders(_ kind: String, _ relabeling: [Int: Int]) -> PictureFolders {
    PictureFolders(
      images: "leftImg8bit/*", masks: "gtFine/*", imageEnding: "_leftImg8bit", maskEnding: "_gtFine_\(kind)",
      isNested: true, classes: .cityscapes, relabeling: relabeling)
  }

  /// The class of each identifier; those that are not trained are void.
  private static let cityscapesClasses: [Int: Int] = {
    let trained = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
    let void = Dictionary(uniqueKeysWithValues: (Array(0...33) + [255]).map { ($0, 255) })
    return trained.enumerated().reduce(into: void) { $0[$1.element] = $1.offset }
  }()

  private static let trainedClasses = Dictionary(uniqueKeysWithValues: (Array(0..<19) + [255]).map { ($0, $0) })

  /// CamVid (Brostow et al. 2009) in its common forms: SegNet's 11 classes as numbers (`train`, `trainannot`), colored
  /// masks named by `label_colors.txt` or `class_dict.csv`, and fast.ai's numbers with `codes.txt`. Void is the class
  /// that is called so.
  public static let camvid = DataLayout(
    name: "camvid", title: "CamVid", void: 255,
    folders: [
      PictureFolders(images: "*", masks: "*annot", classes: .camvid),
      PictureFolders(images: "*", masks: "*_labels", maskEnding: "_L", classes: .camvid),
      PictureFolders(
        images: "701_StillsRaw_full", masks: "LabeledApproved_full", maskEnding: "_L", classes: .camvid),
      PictureFolders(
        images: "images", masks: "labels", maskEnding: "_P", lists: "",
        splits: [.training: ["train"], .validation: ["valid"]], classFile: "codes.txt"),
    ])

  /// The Oxford-IIIT Pets (Parkhi et al. 2012): `images` and `annotations/trimaps`, divided by `trainval.txt` and
  /// `test.txt`. 1, 2 and 3 become 0 (pet), 1 (background) and 2 (border), which is void.
  public static let pets = DataLayout(
    name: "pets", title: "Oxford-IIIT Pets", void: 2,
    folders: [
      PictureFolders(
        images: "images", masks: "annotations/trimaps", needsAllMasks: false, lists: "annotations",
        splits: [.training: ["trainval"], .validation: ["test"]], classes: .pets, relabeling: [1: 0, 2: 1, 3: 2])
    ])

  /// COCO-Stuff's index maps (Caesar et al. 2018): `images/train2017` and `annotations/train2017` or
  /// `stuffthingmaps/train2017`, and the same with `val2017`; 255 is void.
  public static let cocoStuff = DataLayout(
    name: "coco-stuff", title: "COCO-Stuff", void: 255,
    folders: [("images/*", "annotations/*"), ("images/*", "stuffthingmaps/*"), ("*", "stuffthingmaps/*")].map {
      PictureFolders(
        images: $0.0, masks: $0.1,
        splits: [.training: ["train2017"], .validation: ["val2017"]], classes: .cocoStuff)
    })
}
