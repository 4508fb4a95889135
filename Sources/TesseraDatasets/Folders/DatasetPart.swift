/// One of the folders of a data set.
struct DatasetPart: Sendable {
  let path: String
  let pairs: LayoutContents.Pairs
  /// What masks hold, if that is not what the pairs say.
  let storage: MaskStorage?
  /// The index in the joined data of each index of this folder; `nil` if they are the same.
  var relabeling: [Int: Int]?

  var folders: SplitFolders? { if case .folders(let folders) = pairs { folders } else { nil } }

  /// Whether no part of it is meant for validation.
  var isFlat: Bool {
    switch pairs {
    case .folders(let folders): folders.isFlat
    case .splits: false
    case .flat: true
    }
  }

  /// The pairs of one split; of a flat folder all.
  ///
  /// - Throws: `DatasetError`.
  func files(of split: DatasetSplit) throws(DatasetError) -> [FolderDataset.Files] {
    var files: [FolderDataset.Files]
    switch pairs {
    case .folders(let folders):
      let (images, masks) =
        try folders.isFlat ? (folders.images, folders.masks) : folders.folders(of: split, in: path)
      files = try FolderListing.pairs(images: images, masks: masks)
    case .splits(let splits):
      guard let found = splits[split] else {
        throw .missingPart(folder: path, split: split, found: splits.keys.map(\.rawValue).sorted())
      }
      files = found
    case .flat(let all): files = all
    }
    if let storage { for place in files.indices { files[place].storage = storage } }
    if let relabeling {
      for place in files.indices { files[place].storage = files[place].storage.relabeled(relabeling) }
    }
    return files
  }
}

extension LayoutContents {
  var folders: SplitFolders? { if case .folders(let folders) = pairs { folders } else { nil } }
}
