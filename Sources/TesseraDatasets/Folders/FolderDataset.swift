import TesseraImaging
import TesseraTensors

/// Image files and mask files, paired by name, in the order of the names.
///
/// ```swift
/// let training = try FolderDataset.open(at: "street", split: .training)
/// let sample = try training.sample(at: 0, width: 128, height: 128)
/// ```
public struct FolderDataset: SegmentationDataset {
  /// An image file and its mask.
  public struct Files: Sendable, Equatable {
    /// The files' common name without its extension.
    public internal(set) var name: String
    public let image: String
    /// The mask's file; of outlines in a file of many pictures, its path, `#` and the picture's name.
    public let mask: String
    /// What the mask holds.
    public internal(set) var storage: MaskStorage

    public init(name: String, image: String, mask: String, storage: MaskStorage = .numbers) {
      self.name = name
      self.image = image
      self.mask = mask
      self.storage = storage
    }
  }

  public let files: [Files]
  public let labelSpace: LabelSpace

  /// - Parameters:
  ///   - files: the pairs in their order.
  ///   - labelSpace: the masks' label space; checked when they are read.
  public init(files: [Files], labelSpace: LabelSpace) {
    self.files = files
    self.labelSpace = labelSpace
  }

  /// Opens one split of the data set in a folder, whichever of the known layouts it has; see ``DatasetFolder``, which
  /// opens several splits but recognizes the folder only once.
  ///
  /// - Parameters:
  ///   - folder: the data set's folder.
  ///   - split: the part of the data set.
  ///   - void: the mask value that is not a class.
  ///   - seed: chooses what a flat folder holds out.
  /// - Throws: `DatasetError`, `LabelSpaceError`.
  public static func open(
    at folder: String, split: DatasetSplit, void: VoidChoice = .layoutDefault, seed: UInt64 = 1234
  ) throws -> FolderDataset {
    try DatasetFolder(at: folder, void: void).dataset(split, seed: seed)
  }

  public var count: Int { files.count }

  /// Reads both files.
  ///
  /// - Throws: `ImageError`, `MaskError`, `DatasetError.differentSizes`; each names the file.
  public func sample(at index: Int) throws -> Sample { try read(index, for: nil) }

  /// Reads both files and scales them; a JPEG is decoded no larger than needed.
  ///
  /// - Throws: the same errors as `sample(at:)`.
  public func sample(at index: Int, width: Int, height: Int) throws -> Sample {
    try read(index, for: .exactly(ImageSize(width: width, height: height)))
  }

  /// The same at a size that follows from the picture's own.
  public func sample(at index: Int, scaledTo size: ScaledSize) throws -> Sample { try read(index, for: size) }

  /// Reads the mask of sample `index` alone, at its own size.
  ///
  /// - Throws: `ImageError`, `MaskError`.
  public func mask(at index: Int) throws -> Mask {
    require(index >= 0 && index < count, "FolderDataset: there is no sample \(index) among \(count)")
    return try files[index].storage.read(files[index].mask, labelSpace: labelSpace).mask
  }

  private func read(_ index: Int, for size: ScaledSize?) throws -> Sample {
    require(index >= 0 && index < count, "FolderDataset: there is no sample \(index) among \(count)")
    let files = files[index]
    let mask = try files.storage.read(files.mask, labelSpace: labelSpace, scaledTo: size)
    let scaled = size.map { _ in (width: mask.mask.width, height: mask.mask.height) }
    let image = try DecodedPixels(contentsOf: files.image, atLeast: scaled)
    let imageSize = ImageSize(width: image.fullWidth, height: image.fullHeight)
    let maskSize = ImageSize(width: mask.fullWidth, height: mask.fullHeight)
    guard imageSize == maskSize else {
      throw DatasetError.differentSizes(image: files.image, imageSize: imageSize, mask: files.mask, maskSize: maskSize)
    }
    return Sample(
      name: files.name, pixels: image.pixels.resized(toWidth: mask.mask.width, height: mask.mask.height),
      mask: mask.mask)
  }
}
