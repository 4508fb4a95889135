import Foundation
import Tessera

/// What in a data set is probably not what its user intends, one sentence each: only what is certain from the files.
package struct DataWarnings {
  /// One sentence per warning, the most serious first.
  package private(set) var lines: [String] = []
  private let labelSpace: LabelSpace
  private let namesClasses: Bool
  private var voidRemedy = "--void none counts it"

  /// - Parameters:
  ///   - parts: the surveys of the data set's parts, each with what its masks are called.
  ///   - labelSpace: that of all parts.
  ///   - namesClasses: whether a list names the classes.
  package init(_ parts: [(name: String, survey: DatasetSurvey)], labelSpace: LabelSpace, namesClasses: Bool) {
    self.labelSpace = labelSpace
    self.namesClasses = namesClasses
    var complaints: [(complaint: Complaint, names: [String])] = []
    for part in parts {
      guard let complaint = complaint(about: part.survey) else { continue }
      if let place = complaints.firstIndex(where: { $0.complaint == complaint }) {
        complaints[place].names.append(part.name)
      } else {
        complaints.append((complaint, [part.name]))
      }
    }
    lines = complaints.map { "\($0.subject) \($1.joined(separator: " and ")) masks \($0.predicate)" }
    addAbsent(parts.map(\.survey))
  }

  private var void: String {
    guard let void = labelSpace.void else { return "" }
    let remedy = labelSpace.classes.indices.contains(void) ? "; \(voidRemedy)" : ""
    return " (\(void) is void and not counted\(remedy))"
  }

  /// What is wrong with the masks of a part, whose name goes between subject and predicate.
  private struct Complaint: Equatable {
    let subject: String
    let predicate: String
  }

  private func complaint(about survey: DatasetSurvey) -> Complaint? {
    let counted = survey.countedClasses(of: labelSpace)
    if counted.isEmpty {
      return Complaint(subject: "every pixel of the", predicate: "is void\(void): nothing is measured")
    }
    if counted.count == 1 {
      return Complaint(
        subject: "all counted pixels of the",
        predicate:
          "are \(labelSpace.name(of: counted[0]))\(void): there is nothing to tell apart, and figures near 100 % "
          + "say nothing")
    }
    guard survey.uniformMasks == survey.count, survey.count > 1 else { return nil }
    return Complaint(subject: "each of the", predicate: "holds a single value: no picture shows two classes")
  }

  /// Classes that nobody named and nobody drew: the masks probably count from 1.
  private mutating func addAbsent(_ surveys: [DatasetSurvey]) {
    guard !namesClasses, labelSpace.count > 1 else { return }
    let absent = (0..<labelSpace.count).filter { index in
      index != labelSpace.void && surveys.allSatisfy { $0.pixels[index] == nil }
    }
    guard !absent.isEmpty else { return }
    let remedy =
      absent == [0]
      ? "if the masks count from 1, make 0 void (--void 0) or subtract 1"
      : "write the masks without gaps, or name the classes in classes.txt"
    let (verb, count) = absent.count == 1 ? ("occurs", "counts") : ("occur", "count")
    let names = DataDescription.list(absent.map { labelSpace.name(of: $0) })
    lines.append("\(names) \(verb) in no mask and \(count) as 0 in mean IoU: \(remedy)")
  }
}

extension DataWarnings {
  /// Warns of measured figures that mean nothing: over no pixel, or over one class.
  ///
  /// - Parameters:
  ///   - metrics: what was measured.
  ///   - labelSpace: that of the metrics.
  ///   - voidRemedy: how void is counted; if `nil`, what `--void none` does.
  package init(measured metrics: SegmentationMetrics, labelSpace: LabelSpace, voidRemedy: String? = nil) {
    (self.labelSpace, namesClasses) = (labelSpace, true)
    self.voidRemedy = voidRemedy ?? self.voidRemedy
    let present = metrics.classes.filter { $0.pixels > 0 }
    if present.isEmpty {
      lines.append("no pixel is counted\(void): the figures say nothing")
    } else if present.count == 1 {
      lines.append("all counted pixels are \(present[0].name)\(void): the figures say nothing")
    }
  }

  /// Adds what follows from the training and validation data together.
  ///
  /// - Parameters:
  ///   - training: the surveys of both.
  ///   - twins: pictures of the validation data that are also training pictures, byte for byte: names, one of each.
  ///   - imageSize: the size that all pictures are scaled to.
  mutating func add(training: DatasetSurvey, validation: DatasetSurvey, twins: [String], imageSize: ImageSize) {
    if !twins.isEmpty {
      let pictures = twins.count == 1 ? "1 validation picture is" : "\(twins.count) validation pictures are"
      lines.append(
        "\(pictures) also among the training pictures, byte for byte: \(DataDescription.list(twins)); "
          + "validation looks better than it is")
    }
    let unlearned = validation.countedClasses(of: labelSpace).filter { training.pixels[$0] == nil }
    if !unlearned.isEmpty {
      let verb = unlearned.count == 1 ? "occurs" : "occur"
      let names = DataDescription.list(unlearned.map { labelSpace.name(of: $0) })
      lines.append("\(names) \(verb) in validation masks but in no training mask, and cannot be learned")
    }
    let factors = training.sizes.flatMap { size, count in
      Array(repeating: max(size.width / imageSize.width, size.height / imageSize.height), count: count)
    }.sorted()
    if let median = factors.dropFirst(factors.count / 2).first, median >= Self.muchLarger {
      lines.append(
        "pictures are scaled to \(imageSize), which merges \(median) pixels into one: small "
          + "things vanish; a larger --image-size or cropped pictures show them")
    }
  }

  /// Street scenes of 2048 pixels at a size of 128 are this much larger, and lose poles and signs.
  private static let muchLarger = 16
}
