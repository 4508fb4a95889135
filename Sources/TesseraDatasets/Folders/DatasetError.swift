import Foundation
import TesseraImaging

/// Why a folder is not a data set, or a sample is invalid.
public enum DatasetError: Error, Sendable, Equatable {
  /// There is no such folder.
  case missingFolder(String)

  /// The folder has no known layout; `found` lists what it holds, `inside` folders below it that have one, and `file`
  /// says why a file of outlines is none.
  case unknownLayout(folder: String, found: [String], inside: [String] = [], file: String? = nil)

  /// The folder has not the layout that was named; `expected` lists the forms that it comes in.
  case otherLayout(folder: String, layout: String, title: String, expected: [String], found: [String])

  /// A list of a split that cannot be read, or names nothing.
  case unreadableList(String, reason: String)

  /// Lines of a list of a split that name no picture of the data set with a mask: all of them.
  case unknownNames(list: String, [String], folder: String)

  /// A data set whose layout divides it, without one of the splits.
  case missingPart(folder: String, split: DatasetSplit, found: [String])

  /// A picture with another number of channels than the first one.
  case differentChannels(image: String, channels: Int, other: String, others: Int)

  /// A list of one split that leaves nothing for the other.
  case nothingLeft(folder: String, split: DatasetSplit)

  /// A folder whose classes are not those of the folder that it is joined with.
  case otherClasses(folder: String, [String])

  /// The folder has both `annotations` and `masks`.
  case ambiguousLayout(folder: String)

  /// A split has two folders, such as `training` and `train`.
  case ambiguousSplit(folder: String, names: [String])

  /// Folders of one split that do not exist, and the splits that do.
  case missingSplit(folder: String, split: DatasetSplit, missing: [String], found: [String])

  /// The system could not list a folder.
  case unreadableFolder(folder: String, reason: String)

  /// Names of files that are not UTF-8; in the example each foreign byte is shown as `\xE9`.
  case namesNotUTF8(folder: String, count: Int, example: String)

  /// The folder holds no supported pictures, but perhaps others.
  case noImages(folder: String, leftOut: [LeftOutPictures] = [])

  /// The folder holds no supported masks, but perhaps others.
  case noMasks(folder: String, leftOut: [LeftOutPictures] = [])

  /// Files that have no partner or share a stem: all of them.
  case unpaired(UnpairedFiles)

  /// A flat folder with too few pairs to hold any out.
  case tooFewToHoldOut(folder: String, count: Int)

  /// An image and its mask that differ in size; the image's is that of the upright picture.
  case differentSizes(image: String, imageSize: ImageSize, mask: String, maskSize: ImageSize)

  /// A void value that no mask can hold.
  case voidOutOfRange(Int)

  /// Masks that could not be read while the classes were counted: all of them.
  case unreadableMasks(folder: String, [UnreadableFile])

  /// Masks without a list of names that hold fewer than two classes.
  case tooFewClasses(folder: String, count: Int, void: Int?)

  /// Masks without a list of names where most values up to the greatest never occur, or with too many values to be
  /// classes: all values that occur, in ascending order.
  case scatteredValues(folder: String, [Int], void: Int?)

  /// A list of more classes than a confusion matrix has room for.
  case tooManyClasses(folder: String, count: Int)

  /// Files that cannot be used for training or evaluation: the message for each.
  case unusableFiles([String])
}

/// The files of an image folder and a mask folder that cannot be paired by stem.
public struct UnpairedFiles: Sendable, Equatable {
  public var images: String
  public var masks: String
  public var imagesWithoutMask: [String]
  public var masksWithoutImage: [String]

  /// Files of one folder with the same stem, such as `a.jpg, a.png`.
  public var sameStem: [String]

  /// Pictures in both folders that are not read.
  public var leftOut: [LeftOutPictures]

  var isEmpty: Bool { imagesWithoutMask.isEmpty && masksWithoutImage.isEmpty && sameStem.isEmpty }
}

extension DatasetError {
  /// Whether all that is wrong is that a folder lacks a split.
  package var isMissingSplit: Bool {
    switch self {
    case .missingSplit, .missingPart: true
    default: false
    }
  }
}

extension DatasetError {
  /// Whether all that is wrong is that the masks' values are no class numbers.
  package var isAboutValues: Bool {
    switch self {
    case .tooFewClasses, .scatteredValues: true
    default: false
    }
  }
}

extension DatasetError: CustomStringConvertible, LocalizedError {
  public var description: String {
    switch self {
    case .missingFolder(let folder):
      return "\(folder): there is no such folder; \(Self.accepted)"
    case .unknownLayout(let folder, let found, let inside, let file):
      if !inside.isEmpty {
        let (verb, which) = inside.count == 1 ? ("is", "that") : ("are", "one of them")
        return "\(folder): is not a data set itself, but \(Self.list(inside)) \(verb); name \(which)"
      }
      let holds = found.isEmpty ? "is empty" : "holds \(Self.list(found))"
      let others = DataLayout.known.filter { !["ade20k", "folder"].contains($0.name) }.map(\.name)
      return "\(folder): is not a data set: it \(holds); \(Self.accepted); or the files of "
        + others.joined(separator: ", ") + (file.map { "; \($0)" } ?? "")
    case .otherLayout(let folder, let layout, let title, let expected, let found):
      let holds = found.isEmpty ? "is empty" : "holds \(Self.list(found))"
      return "\(folder): has not the layout \(layout) (\(title)): expected "
        + "\(expected.joined(separator: ", or ")); it \(holds)"
    case .unreadableList(let list, let reason):
      return "\(list): the list of pictures cannot be read: \(reason)"
    case .unknownNames(let list, let names, let folder):
      let verb = names.count == 1 ? "is" : "are"
      return "\(list): \(names.count) of its names \(verb) no picture with a mask in \(folder): \(Self.list(names)); "
        + "add the files, or remove the lines"
    case .missingPart(let folder, let split, let found):
      return "\(folder): has no \(split.rawValue) data, only \(Self.list(found)); --held-out takes a part of that"
    case .nothingLeft(let folder, let split):
      return "\(folder): the list names all pictures, so none is left for \(split.rawValue)"
    case .otherClasses(let folder, let differences):
      return "\(folder): has other classes than the data it is joined with: \(Self.list(differences)); give both the "
        + "same classes"
    case .ambiguousLayout(let folder):
      return "\(folder): has both annotations/ and masks/; rename or remove the wrong one"
    case .ambiguousSplit(let folder, let names):
      return "\(folder): has both \(names.map { "\($0)/" }.joined(separator: " and ")) for one split; rename or remove "
        + "the wrong one"
    case .missingSplit(let folder, let split, let missing, let found):
      let instead = found.isEmpty ? "" : "; there is: \(Self.list(found))"
      return "\(folder): has no \(split.rawValue) data: \(Self.list(missing)) does not exist\(instead)"
    case .unreadableFolder(let folder, let reason):
      return "\(folder): cannot be listed: \(reason)"
    case .namesNotUTF8(let folder, let count, let example):
      let names = count == 1 ? "1 file name is" : "\(count) file names are"
      return
        "\(folder): \(names) not UTF-8\(count == 1 ? ":" : ", such as") \(example); rename the files, "
        + "for example by convmv -f latin1 -t utf8 -r --notest \(folder)"
    case .noImages(let folder, let leftOut):
      return "\(folder): holds no \(FileFormat.endings) images" + Self.further(leftOut, of: folder)
    case .noMasks(let folder, let leftOut):
      return "\(folder): holds no \(FileFormat.maskEndings) masks" + Self.further(leftOut, of: folder)
    case .unpaired(let files):
      return files.description
    case .tooFewToHoldOut(let folder, let count):
      return "\(folder): holds \(count) image, but a folder without training/ and validation/ needs at least 2, "
        + "because 10 % are held out for validation"
    case .differentSizes(let image, let imageSize, let mask, let maskSize):
      return "\(image): is \(imageSize) pixels, but its mask \(mask) is \(maskSize); "
        + (imageSize.isTransposed(maskSize)
          ? "one of them lies on its side: save the mask as viewers show the picture, or remove a wrong orientation "
            + "tag (EXIF) from the picture"
          : "both must have the same size")
    case .differentChannels(let image, let channels, let other, let others):
      return "\(image): has \(channels) channels, but \(other) has \(others); all pictures must have as many"
    case .voidOutOfRange(let value):
      return "the void value \(value) is not a mask value: choose one in 0...65535, or none"
    case .unreadableMasks(let folder, let masks):
      return "\(folder): \(masks.count) of its masks cannot be read: \(UnreadableFile.summary(of: masks))"
    case .tooFewClasses(let folder, let count, let void):
      let besides = void.map { " besides the void value \($0)" } ?? ""
      let classes = count == 1 ? "1 class" : "no class"
      return "\(folder): its masks hold \(classes)\(besides), but at least 2 are needed; "
        + (void == 255
          ? "in 0/255 masks write the second class as 1, or say what the values mean in a map of classes"
          : "name the classes in classes.txt")
    case .scatteredValues(let folder, let values, let void):
      return Self.scattered(folder, values, void)
    case .tooManyClasses(let folder, let count):
      return "\(folder): its list names \(count) classes, but at most \(LabelSpace.mostClasses) can be counted"
    case .unusableFiles(let messages):
      if messages.count == 1 { return messages[0] }
      let shown = messages.prefix(Self.shown).map { "\n  \($0)" }.joined()
      let more = messages.count > Self.shown ? "\n  and \(messages.count - Self.shown) more" : ""
      return "\(messages.count) files cannot be used; fix them or remove the pictures:\(shown)\(more)"
    }
  }

  public var errorDescription: String? { description }

  private static func scattered(_ folder: String, _ values: [Int], _ void: Int?) -> String {
    let classes = values.filter { $0 != void }
    let list = list(classes.map(String.init))
    let (greatest, rest) = (classes.last ?? 0, classes.dropLast())
    let besides = void.map { " besides void = \($0)" } ?? ""
    let holds = "\(folder): its masks hold the values \(list)\(besides)"
    if [255, 65535].contains(greatest), Set(values).isSubset(of: [0, greatest]) {
      let zero = void == 0 ? ", and if 0 is a class too, let no value be void (--void none)" : ""
      return
        "\(folder): its masks hold 0 and \(greatest) only: write the second class as 1\(zero), or say what the values mean in a map "
        + "of classes"
    }
    if [255, 65535].contains(greatest), 2 * rest.count > rest.last ?? .max {
      return "\(holds): \(greatest) usually marks pixels without a class: declare it void (--void \(greatest))"
    }
    if 2 * classes.count >= greatest {
      return "\(holds): so many look like object numbers; write class numbers, or name all classes in classes.txt"
    }
    return "\(holds), so that most of 0...\(greatest) never occurs: write them as 0...\(max(1, classes.count - 1)), or "
      + "name all \(greatest + 1) classes in classes.txt"
  }

  private static let accepted =
    "expected images/ and annotations/ (ADE20K's layout) or images/ and masks/, each with training/ and validation/ "
    + "inside or, to hold out 10 %, with the files themselves"

  /// The number of names that a message shows; the error holds all.
  fileprivate static let shown = 10

  /// What follows a sentence about `folder` if pictures were left out.
  fileprivate static func further(_ leftOut: [LeftOutPictures], of folder: String) -> String {
    leftOut.map { "; \($0.folder == folder ? $0.sentence : $0.description)" }.joined()
  }

  fileprivate static func list(_ names: [String]) -> String {
    let more = names.count > shown ? " and \(names.count - shown) more" : ""
    return names.prefix(shown).joined(separator: ", ") + more
  }
}

extension UnpairedFiles: CustomStringConvertible {
  public var description: String {
    var parts: [String] = []
    if !imagesWithoutMask.isEmpty {
      parts.append("\(imagesWithoutMask.count) without a mask in \(masks): \(DatasetError.list(imagesWithoutMask))")
    }
    if !masksWithoutImage.isEmpty {
      let list = DatasetError.list(masksWithoutImage)
      parts.append("\(masksWithoutImage.count) in \(masks) without an image: \(list)")
    }
    if !sameStem.isEmpty { parts.append("several files for one name: \(DatasetError.list(sameStem))") }
    return "\(images): images and masks must have the same names: \(parts.joined(separator: "; "))"
      + DatasetError.further(leftOut, of: images)
  }
}

extension ImageSize {
  fileprivate func isTransposed(_ other: ImageSize) -> Bool { width == other.height && height == other.width }
}
