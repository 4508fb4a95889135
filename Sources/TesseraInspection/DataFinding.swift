import TesseraDatasets

/// Something about a data set that is wrong, doubtful or worth knowing, and what to do about it.
package struct DataFinding: Sendable {
  /// How much it matters.
  package enum Severity: String, Sendable, CaseIterable, Comparable {
    /// Training refuses the data, or would learn something wrong.
    case error
    /// Probably not what the user means.
    case warning
    /// A fact that explains a result.
    case note

    private var rank: Int { Severity.allCases.firstIndex(of: self) ?? 0 }
    package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// A file that shows it.
  package struct Place: Sendable {
    package let file: String
    /// Column and row of the first pixel that shows it, from 0; `nil` if it is not about a pixel.
    package var pixel: (x: Int, y: Int)?
    /// What is there.
    package var detail: String?
    /// The picture and its mask, for pages that show them.
    package var pair: FolderDataset.Files?

    package init(
      _ file: String, pixel: (x: Int, y: Int)? = nil, detail: String? = nil, pair: FolderDataset.Files? = nil
    ) {
      (self.file, self.pixel, self.detail, self.pair) = (file, pixel, detail, pair)
    }
  }

  /// The name of the check that found it; empty before a check takes it over.
  package var check = ""
  package let severity: Severity
  /// What is found, in one sentence.
  package let summary: String
  /// Where, in the data's order; empty if it is about the data as a whole.
  package let places: [Place]
  /// What to do.
  package let remedy: String
  /// A shell's command that does it; `nil` if only the user can.
  package let command: String?
  /// The pictures without which it would not be found; empty if leaving some out is no remedy.
  package let leavesOut: [FolderDataset.Files]
  /// What its list of files is called, where the check's other findings need other commands; `nil` for the check's
  /// name.
  let list: String?

  package init(
    _ severity: Severity, _ summary: String, at places: [Place] = [], remedy: String, command: String? = nil,
    leavesOut: [FolderDataset.Files] = [], list: String? = nil
  ) {
    (self.severity, self.summary, self.places) = (severity, summary, places)
    (self.remedy, self.command, self.leavesOut, self.list) = (remedy, command, leavesOut, list)
  }
}

extension DataFinding.Place {
  /// The file with what is there, in one line.
  package var text: String {
    let place = pixel.map { ", x = \($0.x), y = \($0.y)" } ?? ""
    return file + place + (detail.map { ": \($0)" } ?? "")
  }
}
