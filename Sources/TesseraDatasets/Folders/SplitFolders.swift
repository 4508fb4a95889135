import TesseraFiles

/// Where the images and masks of each split are.
struct SplitFolders: Sendable {
  /// The folder of one split.
  private struct Place: Sendable {
    let split: DatasetSplit
    let name: String
  }

  let images: String
  let masks: String
  private let imagePlaces: [Place]
  private let maskPlaces: [Place]

  /// - Parameters:
  ///   - images: the images' folder.
  ///   - masks: the masks' folder.
  /// - Throws: `DatasetError.ambiguousSplit` if one split has two folders.
  init(images: String, masks: String) throws(DatasetError) {
    (self.images, self.masks) = (images, masks)
    imagePlaces = try Self.places(in: images)
    maskPlaces = try Self.places(in: masks)
  }

  /// Whether the files are in the folders themselves.
  var isFlat: Bool { imagePlaces.isEmpty }

  /// The existing folders that are read, for images and for masks.
  var read: (images: [String], masks: [String]) {
    isFlat
      ? ([images], [masks])
      : (imagePlaces.map { "\(images)/\($0.name)" }, maskPlaces.map { "\(masks)/\($0.name)" })
  }

  /// Both folders of a split, in data that are not flat.
  ///
  /// - Throws: `DatasetError.missingSplit`.
  func folders(of split: DatasetSplit, in folder: String) throws(DatasetError) -> (images: String, masks: String) {
    let (image, mask) = (name(of: split, in: imagePlaces), name(of: split, in: maskPlaces))
    if let image, let mask { return ("\(images)/\(image)", "\(masks)/\(mask)") }
    let wanted = image ?? mask ?? split.rawValue
    throw .missingSplit(
      folder: folder, split: split,
      missing: (image == nil ? ["\(images)/\(wanted)"] : []) + (mask == nil ? ["\(masks)/\(wanted)"] : []),
      found: DatasetSplit.allCases.flatMap { split in
        [(images, imagePlaces), (masks, maskPlaces)].compactMap { root, places in
          name(of: split, in: places).map { "\(root)/\($0)" }
        }
      })
  }

  private func name(of split: DatasetSplit, in places: [Place]) -> String? {
    places.first { $0.split == split }?.name
  }

  private static func places(in root: String) throws(DatasetError) -> [Place] {
    var places: [Place] = []
    for split in DatasetSplit.allCases {
      let names = split.folderNames.filter { isFolder("\(root)/\($0)") }
      if names.count > 1 { throw .ambiguousSplit(folder: root, names: names) }
      places += names.map { Place(split: split, name: $0) }
    }
    return places
  }
}
