import Synchronization
import TesseraImaging
import TesseraTensors

/// Which values the masks of a folder hold: how many classes there are where no list names them.
struct MaskSurvey {
  private struct Findings {
    var holds = [Bool](repeating: false, count: Int(UInt16.max) + 1)
    var unreadable: [UnreadableFile] = []
  }

  private let folder: String
  private let findings: Findings

  /// Reads all masks, on the context's threads.
  ///
  /// - Throws: `DatasetError.noMasks`, or `DatasetError.unreadableMasks` with every mask that cannot be read.
  init(of masks: [String], in folder: String) throws(DatasetError) {
    if masks.isEmpty { throw .noMasks(folder: folder) }
    self.folder = folder
    let noClasses = LabelSpace(classes: [], void: nil)
    let shared = Mutex(Findings())
    parallelFor(masks.count) { number in
      let values = Result { try Mask(uncheckedContentsOf: masks[number], labelSpace: noClasses).histogram.keys }
      shared.withLock { findings in
        switch values {
        case .success(let values): for value in values { findings.holds[value] = true }
        case .failure(let error): findings.unreadable.append(UnreadableFile(masks[number], error))
        }
      }
    }
    findings = shared.withLock { $0 }
    if !findings.unreadable.isEmpty {
      throw .unreadableMasks(folder: folder, findings.unreadable.sorted { $0.file < $1.file })
    }
  }

  /// Classes 0 to the greatest value other than `void`.
  ///
  /// - Throws: `DatasetError.tooFewClasses` where that is one or none.
  func labelSpace(void: Int?) throws(DatasetError) -> LabelSpace {
    let greatest = findings.holds.indices.last { findings.holds[$0] && $0 != void }
    let count = greatest.map { $0 + 1 } ?? 0
    guard count >= 2 else { throw .tooFewClasses(folder: folder, count: count, void: void) }
    return LabelSpace(names: (0..<count).map { "class \($0)" }, void: void)
  }
}
