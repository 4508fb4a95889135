import TesseraDatasets
import TesseraImaging

/// A data set's folder, opened so far that its files can be looked at, and what stood in the way.
struct OpenedData {
  let folder: DatasetFolder
  let splits: [(split: DatasetSplit, dataset: FolderDataset)]
  let knowsClasses: Bool
  private(set) var findings: [DataFinding] = []
  /// Whether one of the findings says which values masks hold.
  let saysValues: Bool

  /// - Throws: what opening throws, unless it is about the masks' values or about one split of two.
  init(
    _ invocation: DataInvocation, seed: UInt64, surveyor: DataSurveyor, open: DataInspection.Opening
  ) throws {
    var findings: [DataFinding] = []
    do {
      folder = try open(nil, surveyor)
      (knowsClasses, saysValues) = (true, false)
    } catch let error as DatasetError where error.isAboutValues || error.isAboutMasks {
      // Which files cannot be read, or hold colors, is found again file by file.
      let void = error.void
      folder = try open(LabelSpace(names: Self.names(surveyor), void: void), surveyor)
      knowsClasses = error.isAboutMasks && Self.looksLikeClasses(surveyor, void: void)
      saysValues = error.isAboutValues
      if saysValues { findings.append(Self.finding(error, surveyor, invocation)) }
    }
    var (splits, missing): ([(split: DatasetSplit, dataset: FolderDataset)], (any Error)?) = ([], nil)
    for split in DatasetSplit.allCases {
      do throws(DatasetError) {
        splits.append((split, try folder.dataset(split, seed: seed)))
      } catch {
        missing = missing ?? error
        findings.append(
          DataFinding(
            error.isMissingSplit ? .note : .error, "\(error)",
            remedy: error.isMissingSplit
              ? "add the folder, or hold out a share of what there is (--held-out 0.1)" : "correct what is named"))
      }
    }
    if let missing, splits.isEmpty { throw missing }
    (self.splits, self.findings) = (splits, findings)
  }

  /// The values that readable masks hold.
  private static func values(_ surveyor: DataSurveyor) -> Set<Int> {
    surveyor.record.files.values.reduce(into: []) { $0.formUnion($1.pixels?.keys.map { $0 } ?? []) }
  }

  /// Names for all values, so that each has its place.
  private static func names(_ surveyor: DataSurveyor) -> [String] {
    let greatest = min(values(surveyor).max() ?? 1, LabelSpace.mostClasses - 1)
    return (0...max(1, greatest)).map { "class \($0)" }
  }

  private static func looksLikeClasses(_ surveyor: DataSurveyor, void: Int?) -> Bool {
    let values = values(surveyor).filter { $0 != void }
    return values.count >= 2 && 2 * values.count > (values.max() ?? 0)
  }

  private static func finding(
    _ error: DatasetError, _ surveyor: DataSurveyor, _ invocation: DataInvocation
  ) -> DataFinding {
    let values = values(surveyor).sorted()
    let places = surveyor.record.files.sorted { $0.key < $1.key }.compactMap { file, found in
      found.pixels.map { pixels in
        DataFinding.Place(
          "\(invocation.data)/\(file)",
          detail: "holds \(pixels.keys.sorted().prefix(8).map(String.init).joined(separator: ", "))")
      }
    }
    let repair = ValueRemedy(values, named: nil, invocation)
    return DataFinding(.error, "\(error)", at: places, remedy: repair.remedy, command: repair.command)
  }
}

extension DatasetError {
  /// Whether masks that cannot be read keep the classes from being counted.
  fileprivate var isAboutMasks: Bool { if case .unreadableMasks = self { true } else { false } }

  fileprivate var void: Int? {
    switch self {
    case .tooFewClasses(_, _, let void), .scatteredValues(_, _, let void): void
    default: nil
    }
  }
}
