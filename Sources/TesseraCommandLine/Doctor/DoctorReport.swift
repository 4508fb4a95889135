import Foundation
import Tessera
import TesseraInspection
import TesseraTerminal

/// What was found in a data set, as text and as JSON.
struct DoctorReport {
  private let inspection: DataInspection
  let name: String

  private static let shownFiles = 5
  private static let shownClasses = 40

  init(_ inspection: DataInspection, name: String) { (self.inspection, self.name) = (inspection, name) }

  /// What the data set is, in lines for people.
  var description: [String] {
    let layout = "\(inspection.layout.name) (\(inspection.layout.title))"
    guard inspection.showsClasses else {
      return [
        DataDescription.heading(
          name, training: inspection.count(.training), validation: inspection.count(.validation)),
        DataDescription.line("layout", layout),
      ]
    }
    let surveys = Dictionary(uniqueKeysWithValues: inspection.surveys.map { ($0.name, $0.survey) })
    guard
      let nothing = try? DatasetSurvey(of: FolderDataset(files: [], labelSpace: inspection.labelSpace))
    else { return [name] }
    return DataDescription(
      name: name, layout: layout,
      training: surveys[DatasetSplit.training.rawValue] ?? nothing,
      validation: surveys[DatasetSplit.validation.rawValue] ?? nothing, labelSpace: inspection.labelSpace
    ).lines
  }

  var text: String {
    let terminal = Terminal.standardOutput
    var blocks = [description.map(\.safeForTerminal).joined(separator: "\n")]
    if let classes { blocks.append(classes) }
    blocks += inspection.findings.map { finding in
      let style: TextStyle = finding.severity == .error ? .red : finding.severity == .warning ? .yellow : .cyan
      var lines = [
        terminal.styled(finding.severity.rawValue, .bold, style) + " [\(finding.check)] "
          + finding.summary.safeForTerminal
      ]
      lines += finding.places.prefix(Self.shownFiles).map { "    \($0.text.safeOnOneLine)" }
      if finding.places.count > Self.shownFiles {
        lines.append("    and \(grouped(finding.places.count - Self.shownFiles)) more (--json, --page or --lists)")
      }
      lines.append("  -> \(finding.remedy.safeForTerminal)")
      if let command = finding.command { lines.append("     \(command.safeForTerminal)") }
      return lines.joined(separator: "\n")
    }
    blocks.append(verdict)
    return blocks.joined(separator: "\n\n")
  }

  private var verdict: String {
    let counts = DataFinding.Severity.allCases.map { counted(inspection.count($0), $0.rawValue) }
    return inspection.findings.isEmpty ? "nothing found" : counts.joined(separator: ", ")
  }

  private var classes: String? {
    guard let balance = inspection.balance else { return nil }
    let occurring = balance.classes.filter { $0.pictures > 0 }
    let rows = occurring.prefix(Self.shownClasses).map {
      [
        "\($0.index)", $0.name, DataWording.percent($0.share), grouped($0.pictures), String(format: "%.2f", $0.weight),
      ]
    }
    let table = Table([["index", "class", "share", "pictures", "weight"]] + rows, rightAligned: [0, 2, 3, 4])
    let more = occurring.count > Self.shownClasses ? "\nand \(occurring.count - Self.shownClasses) more" : ""
    return table.description + more + "\nproposed: \(balance.loss)"
  }
}

// MARK: JSON

extension DoctorReport {
  /// One object on one line.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(Document(inspection)), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let data, layout, imageSize: String
    let trainingPictures, validationPictures: Int
    let errors, warnings, notes: Int
    let findings: [Finding]
    let classes: [Entry]?
    let classWeights: [Double]?
    let loss: String?

    init(_ inspection: DataInspection) {
      (data, layout) = (inspection.invocation.data, inspection.layout.name)
      imageSize = inspection.imageSize.text
      (trainingPictures, validationPictures) = (inspection.count(.training), inspection.count(.validation))
      (errors, warnings, notes) = (inspection.count(.error), inspection.count(.warning), inspection.count(.note))
      findings = inspection.findings.map(Finding.init)
      let balance = inspection.balance
      classes = balance?.classes.map(Entry.init)
      (classWeights, loss) = (balance?.weights, balance?.loss)
    }
  }

  private struct Finding: Encodable {
    let check, severity, summary, remedy: String
    let command: String?
    let files: [File]

    init(_ finding: DataFinding) {
      (check, severity) = (finding.check, finding.severity.rawValue)
      (summary, remedy, command) = (finding.summary, finding.remedy, finding.command)
      files = finding.places.map { File(file: $0.file, x: $0.pixel?.x, y: $0.pixel?.y, detail: $0.detail) }
    }
  }

  private struct File: Encodable {
    let file: String
    let x, y: Int?
    let detail: String?
  }

  private struct Entry: Encodable {
    let index: Int
    let name: String
    let share: Double
    let pictures: Int
    let weight: Double

    init(_ entry: ClassBalance.Class) {
      (index, name, share, pictures, weight) = (entry.index, entry.name, entry.share, entry.pictures, entry.weight)
    }
  }
}
