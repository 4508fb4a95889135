import TesseraDatasets
import TesseraFiles
import TesseraImaging
import TesseraTensors

/// Everything that can be found out about a data set before anybody trains on it.
///
/// It reads every file, keeps little of each, and goes on where training would refuse the data, so that all faults are
/// known at once. What it finds does not depend on the number of threads.
///
/// ```swift
/// let inspection = try DataInspection(invocation, seed: 1234, imageSize: 128) { unnamed, surveyor in
///   try DatasetFolder(at: "street", surveyor: surveyor, unnamed: unnamed)
/// }
/// inspection.findings.filter { $0.severity == .error }.map(\.summary)
/// ```
package struct DataInspection: Sendable {
  /// A split of the data set and what was found in it.
  struct Part: Sendable {
    let split: DatasetSplit
    let dataset: FolderDataset
    let survey: DatasetSurvey
    /// What is wrong with the files of pairs, by their places.
    let faults: [Int: [any Error]]
    /// In the order of the pairs.
    let pairs: [PairEvidence]

    func place(
      _ index: Int, mask isMask: Bool = false, pixel: (x: Int, y: Int)? = nil, detail: String? = nil
    ) -> DataFinding.Place {
      let files = dataset.files[index]
      return DataFinding.Place(isMask ? files.mask : files.image, pixel: pixel, detail: detail, pair: files)
    }
  }

  package let invocation: DataInvocation
  package let layout: DataLayout
  package let labelSpace: LabelSpace
  /// Whether a list names the classes.
  let namesClasses: Bool
  /// Whether the masks' values are class numbers; if not, nothing that follows from classes is said.
  let knowsClasses: Bool
  package let imageSize: ImageSize
  let parts: [Part]
  /// What opening the folder and its splits gave besides pairs.
  let openingFindings: [DataFinding]
  /// Whether they say which values masks hold.
  let saysValues: Bool
  let unpaired: [UnpairedFiles]
  let leftOut: [LeftOutPictures]
  /// What the layout's reader says of the files.
  let layoutNotes: [String]
  let alignment: AlignmentVerdict
  let surveyor: DataSurveyor
  /// The files in the folder that name its classes.
  var classFiles: [String] { ClassFiles.present(in: invocation.data) }

  /// All findings, the most serious first, those of one severity in the order of the checks.
  package private(set) var findings: [DataFinding] = []

  /// Opens the folder with the classes given, or with those that it has (`nil`).
  package typealias Opening = (_ unnamed: LabelSpace?, _ surveyor: DataSurveyor) throws -> DatasetFolder

  /// - Parameters:
  ///   - invocation: how the user names the data.
  ///   - others: the folders that are joined with it.
  ///   - seed: chooses what a flat folder holds out.
  ///   - imageSize: the size of training.
  ///   - progress: receives what is done, the number of pictures done and of all.
  ///   - open: opens the folder.
  /// - Throws: what opening throws, if that leaves nothing to look at.
  package init(
    _ invocation: DataInvocation, and others: [String] = [], seed: UInt64, imageSize: ImageSize,
    progress: (_ verb: String, _ done: Int, _ all: Int) -> Void = { _, _, _ in }, open: Opening
  ) throws {
    let (surveyor, collector) = (DataSurveyor(of: invocation.data, and: others), UnpairedCollector())
    let opened = try UnpairedCollector.$current.withValue(collector) {
      try OpenedData(invocation, seed: seed, surveyor: surveyor, open: open)
    }
    (self.invocation, self.imageSize, self.surveyor) = (invocation, imageSize, surveyor)
    (layout, labelSpace) = (opened.folder.layout, opened.folder.labelSpace)
    (namesClasses, knowsClasses) = (opened.folder.namesClasses, opened.knowsClasses)
    (openingFindings, unpaired, leftOut) = (opened.findings, collector.files, try opened.folder.leftOut())
    (saysValues, layoutNotes) = (opened.saysValues, opened.folder.notes)
    let datasets = opened.splits.map(\.dataset)
    let all = datasets.reduce(0) { $0 + $1.count }
    var faults = [[Int: [any Error]]](repeating: [:], count: datasets.count)
    let surveys = DatasetSurvey.surveys(of: datasets, by: surveyor, progress: { progress("checked", $0, all) }) {
      faults[$0.dataset][$0.index] = $0.faults
    }
    var sums = AlignmentSums()
    var (parts, done) = ([Part](), 0)
    for (number, (split, dataset)) in opened.splits.enumerated() {
      let pairs = Self.examined(dataset, imageSize, &sums) { progress("examined", done + $0, all) }
      done += dataset.count
      parts.append(
        Part(split: split, dataset: dataset, survey: surveys[number], faults: faults[number], pairs: pairs))
    }
    self.parts = parts
    alignment = AlignmentVerdict(sums.pictures, map: sums.map)
    findings = DataCheck.all.flatMap { check in
      check.find(self).map { finding in
        var finding = finding
        finding.check = check.name
        return finding
      }
    }
    let order = findings.enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }
    findings = order.map(\.element)
  }

  private struct AlignmentSums {
    var pictures: [EdgeAlignment] = []
    var map = [Double](repeating: 0, count: EdgeAlignment.span * EdgeAlignment.span)
  }

  /// Bounds what is in memory at once.
  private static let stretch = 64

  private static func examined(
    _ dataset: FolderDataset, _ imageSize: ImageSize, _ sums: inout AlignmentSums, progress: (Int) -> Void
  ) -> [PairEvidence] {
    let examination = PairExamination(dataset: dataset, imageSize: imageSize)
    var pairs: [PairEvidence] = []
    for first in stride(from: 0, to: dataset.count, by: stretch) {
      let count = min(stretch, dataset.count - first)
      for (evidence, map) in DataSurveyor.inParallel(count, { examination.examine(first + $0) }) {
        if let alignment = evidence.alignment { sums.pictures.append(alignment) }
        // In the pairs' order, whichever thread was first.
        if let map { for place in map.indices { sums.map[place] += Double(map[place]) } }
        pairs.append(evidence)
      }
      progress(pairs.count)
    }
    return pairs
  }
}

extension DataInspection {
  /// The number of pictures in a split.
  package func count(_ split: DatasetSplit) -> Int { part(split)?.dataset.count ?? 0 }

  func part(_ split: DatasetSplit) -> Part? { parts.first { $0.split == split } }

  /// The surveys of the parts, empty ones of those that are missing.
  package var surveys: [(name: String, survey: DatasetSurvey)] { parts.map { ($0.split.rawValue, $0.survey) } }

  /// Whether so many masks hold classes that something can be said about these.
  package var showsClasses: Bool {
    let faulty = parts.reduce(0) { $0 + $1.faults.values.count { $0.contains { $0 is MaskError } } }
    return knowsClasses && 4 * faulty < parts.reduce(0) { $0 + $1.dataset.count }
  }

  package func count(_ severity: DataFinding.Severity) -> Int { findings.count { $0.severity == severity } }

  /// Pairs of all parts that satisfy a condition, in order.
  func places(
    mask isMask: Bool = false, where condition: (PairEvidence) -> Bool, detail: (PairEvidence) -> String? = { _ in nil }
  ) -> [DataFinding.Place] {
    parts.flatMap { part in
      part.pairs.indices.filter { condition(part.pairs[$0]) }.map { index in
        part.place(index, mask: isMask, detail: detail(part.pairs[index]))
      }
    }
  }
}
