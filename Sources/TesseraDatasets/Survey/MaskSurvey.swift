import TesseraImaging

/// The values that the masks of a folder hold, which give the number of classes if no list names them.
struct MaskSurvey {
  private let folder: String
  private let values: Set<Int>

  /// Reads all masks, on the context's threads.
  ///
  /// - Throws: `DatasetError.unreadableMasks` with every mask that cannot be read.
  init(of masks: [String], in folder: String, by surveyor: DataSurveyor) throws(DatasetError) {
    self.folder = folder
    let results = DataSurveyor.inParallel(masks.count) { number in
      Result { try surveyor.mask(masks[number]).pixels ?? [:] }
    }
    var (values, unreadable): (Set<Int>, [UnreadableFile]) = ([], [])
    for (mask, result) in zip(masks, results) {
      switch result {
      case .success(let pixels): values.formUnion(pixels.keys)
      case .failure(let error): unreadable.append(UnreadableFile(mask, error))
      }
    }
    if !unreadable.isEmpty { throw .unreadableMasks(folder: folder, unreadable) }
    self.values = values
  }

  /// More classes than anyone would leave unnamed: this many values number objects, not classes.
  static let mostUnnamedClasses = 1000

  /// Classes 0 to the greatest value other than `void`.
  ///
  /// - Throws: `DatasetError.tooFewClasses` if that is one or none; `DatasetError.scatteredValues` if most of these
  ///   never occur or there are too many to be classes: nobody wants a network with that many outputs.
  func labelSpace(void: Int?) throws(DatasetError) -> LabelSpace {
    let occurring = values.filter { $0 != void }
    let count = (occurring.max() ?? -1) + 1
    guard count >= 2 else { throw .tooFewClasses(folder: folder, count: count, void: void) }
    let possible = count - (void.map { $0 < count } == true ? 1 : 0)
    guard 2 * occurring.count >= possible, count <= Self.mostUnnamedClasses else {
      throw .scatteredValues(folder: folder, values.sorted(), void: void)
    }
    return LabelSpace(names: (0..<count).map { "class \($0)" }, void: void)
  }
}
