import Foundation
import Tessera
import TesseraInspection

/// What a run will train on, in a few lines.
///
/// ```
/// street: 24 training and 8 validation pictures, all of 480 x 360 pixels
///   classes  road 30.1 %, building 23.0 %, sky 17.2 %, 8 more 27.8 %
///   void     1.9 % (index 0, other)
/// ```
struct DataDescription {
  let name: String
  /// How the data lie in their folder; `nil` if that need not be said.
  let layout: String?
  let training: DatasetSurvey
  let validation: DatasetSurvey
  let labelSpace: LabelSpace

  /// Beyond this number, the rarest classes are counted together.
  private static let shownClasses = 8

  var lines: [String] {
    let both = [training, validation]
    return [
      Self.heading(name, training: training.count, validation: validation.count) + ", " + DatasetSurvey.sizes(of: both)
        + (training.channels == 3 ? "" : ", of \(training.channels) channels")
    ]
      + [("layout", layout), ("classes", classes), ("void", void), ("absent", absent)].compactMap { label, text in
        text.map { Self.line(label, $0) }
      }
  }

  /// How many pictures there are.
  static func heading(_ name: String, training: Int, validation: Int) -> String {
    "\(name): \(grouped(training)) training and \(grouped(validation)) validation pictures"
  }

  /// A line below the heading.
  static func line(_ label: String, _ text: String) -> String {
    "  " + label.padding(toLength: 9, withPad: " ", startingAt: 0) + text
  }

  /// The most frequent classes of the training masks first.
  private var classes: String? {
    let shares = training.shares.filter { $0.key != labelSpace.void }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    if shares.isEmpty { return nil }
    // A rest of one is no shorter than its name.
    let shown = shares.count > Self.shownClasses + 1 ? Self.shownClasses : shares.count
    let rest = shares.dropFirst(shown)
    let named = shares.prefix(shown).map { "\(labelSpace.name(of: $0.key)) \(DataWording.percent($0.value))" }
    let more = rest.isEmpty ? [] : ["\(rest.count) more \(DataWording.percent(rest.reduce(0) { $0 + $1.value }))"]
    return (named + more).joined(separator: ", ")
  }

  private var void: String? {
    guard let void = labelSpace.void else { return "none: every value counts" }
    let shares = [training, validation].map { $0.shares[void] ?? 0 }
    if shares == [0, 0] { return "none: index \(void) does not occur" }
    let name = labelSpace.classes.indices.contains(void) ? ", \(labelSpace.name(of: void))" : ""
    let elsewhere =
      abs(shares[0] - shares[1]) > 0.1 ? ", in the validation masks \(DataWording.percent(shares[1]))" : ""
    return "\(DataWording.percent(shares[0])) (index \(void)\(name))\(elsewhere)"
  }

  private var absent: String? {
    let absent = training.absentClasses(of: labelSpace)
    guard !absent.isEmpty else { return nil }
    let classes = absent.count == 1 ? "1 class occurs" : "\(absent.count) classes occur"
    return "\(classes) in no training mask: " + DataWording.list(absent.map { labelSpace.name(of: $0) })
  }
}

extension DatasetSurvey {
  /// How large the pictures of data sets are, in words.
  package static func sizes(of surveys: [DatasetSurvey]) -> String {
    let counts = surveys.reduce(into: [ImageSize: Int]()) { $0.merge($1.sizes, uniquingKeysWith: +) }
    let sizes = counts.keys.sorted { ($0.width * $0.height, $0.width) < ($1.width * $1.height, $1.width) }
    guard let least = sizes.first, let greatest = sizes.last, sizes.count > 1 else {
      return sizes.first.map { "all of \($0) pixels" } ?? "none"
    }
    let (common, count) = counts.max { ($0.value, $1.key.width) < ($1.value, $0.key.width) } ?? (least, 0)
    return "of \(sizes.count) sizes from \(least) to \(greatest) pixels"
      + (count > 1 ? ", most often \(common) (\(count))" : "")
  }
}
