import Foundation
import TesseraDatasets
import TesseraImaging

/// What in a data set is probably not what its user intends, one sentence each: only what is certain from the files.
package struct DataWarnings {
  /// What a warning is about.
  package enum Subject: Sendable {
    case onlyVoid, oneClass, singleValues, absentClasses, twins, unlearnedClasses, scale
  }

  /// One sentence per warning, the most serious first.
  package private(set) var warnings: [(subject: Subject, sentence: String)] = []
  package var lines: [String] { warnings.map(\.sentence) }
  private let labelSpace: LabelSpace
  private let namesClasses: Bool

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
    warnings = complaints.map {
      ($0.about, "\($0.subject) \($1.joined(separator: " and ")) masks \($0.predicate)")
    }
    addAbsent(parts.map(\.survey))
  }

  private var void: String { Self.void(of: labelSpace) }

  /// What the void value is, in parentheses behind a word, and how it is counted.
  package static func void(of labelSpace: LabelSpace, remedy: String = "--void none counts it") -> String {
    guard let void = labelSpace.void else { return "" }
    let remedy = labelSpace.classes.indices.contains(void) ? "; \(remedy)" : ""
    return " (\(void) is void and not counted\(remedy))"
  }

  /// What is wrong with the masks of a part, whose name goes between subject and predicate.
  private struct Complaint: Equatable {
    let about: Subject
    let subject: String
    let predicate: String
  }

  private func complaint(about survey: DatasetSurvey) -> Complaint? {
    let counted = survey.countedClasses(of: labelSpace)
    if counted.isEmpty {
      return Complaint(
        about: .onlyVoid, subject: "every pixel of the", predicate: "is void\(void): nothing is measured")
    }
    if counted.count == 1 {
      return Complaint(
        about: .oneClass, subject: "all counted pixels of the",
        predicate:
          "are \(labelSpace.name(of: counted[0]))\(void): there is nothing to tell apart, and figures near 100 % "
          + "say nothing")
    }
    guard survey.uniformMasks == survey.count, survey.count > 1 else { return nil }
    return Complaint(
      about: .singleValues, subject: "each of the", predicate: "holds a single value: no picture shows two classes")
  }

  /// The classes that occur in none of the masks.
  package static func absent(_ surveys: [DatasetSurvey], _ labelSpace: LabelSpace) -> [Int] {
    (0..<labelSpace.count).filter { index in
      index != labelSpace.void && surveys.allSatisfy { $0.pixels[index] == nil }
    }
  }

  /// Classes that nobody named and nobody drew: the masks probably count from 1.
  private mutating func addAbsent(_ surveys: [DatasetSurvey]) {
    guard !namesClasses, labelSpace.count > 1 else { return }
    let absent = Self.absent(surveys, labelSpace)
    guard !absent.isEmpty else { return }
    let remedy =
      absent == [0]
      ? "if the masks count from 1, make 0 void (--void 0) or subtract 1"
      : "write the masks without gaps, or name the classes in classes.txt"
    let (verb, count) = absent.count == 1 ? ("occurs", "counts") : ("occur", "count")
    let names = DataWording.list(absent.map { labelSpace.name(of: $0) })
    warnings.append((.absentClasses, "\(names) \(verb) in no mask and \(count) as 0 in mean IoU: \(remedy)"))
  }
}

extension DataWarnings {
  /// Adds what follows from the training and validation data together.
  ///
  /// - Parameters:
  ///   - training: the surveys of both.
  ///   - twins: pictures of the validation data that are also training pictures, byte for byte: names, one of each.
  ///   - imageSize: the size of training pictures.
  ///   - framing: how pictures get that size.
  package mutating func add(
    training: DatasetSurvey, validation: DatasetSurvey, twins: [String], imageSize: ImageSize,
    framing: Framing = .stretch
  ) {
    if !twins.isEmpty {
      let pictures = twins.count == 1 ? "1 validation picture is" : "\(twins.count) validation pictures are"
      warnings.append(
        (
          .twins,
          "\(pictures) also among the training pictures, byte for byte: \(DataWording.list(twins)); "
            + "validation looks better than it is"
        ))
    }
    let unlearned = validation.countedClasses(of: labelSpace).filter { training.pixels[$0] == nil }
    if !unlearned.isEmpty {
      let verb = unlearned.count == 1 ? "occurs" : "occur"
      let names = DataWording.list(unlearned.map { labelSpace.name(of: $0) })
      warnings.append(
        (.unlearnedClasses, "\(names) \(verb) in validation masks but in no training mask, and cannot be learned"))
    }
    addSizes(of: training, imageSize, framing)
  }

  /// Adds what the framing makes of the pictures' sizes.
  private mutating func addSizes(of training: DatasetSurvey, _ imageSize: ImageSize, _ framing: Framing) {
    let scaled = training.sizes.map { own, count in
      (own: own, seen: framing.scaledSize(for: imageSize).size(of: own), count: count)
    }
    let factors = scaled.flatMap { own, seen, count in
      Array(repeating: max(own.width / seen.width, own.height / seen.height), count: count)
    }.sorted()
    if let median = factors.dropFirst(factors.count / 2).first, median >= Self.muchLarger {
      let how = framing == .stretch ? "to \(imageSize)" : "by --framing \(framing)"
      warnings.append(
        (
          .scale,
          "pictures are scaled \(how), which merges \(median) pixels into one: small "
            + "things vanish; a larger --image-size or --framing crop shows them"
        ))
    }
    let inside = scaled.reduce(0.0) { sum, picture in
      sum
        + Double(min(picture.seen.width, imageSize.width) * min(picture.seen.height, imageSize.height) * picture.count)
    }
    let padded = 1 - inside / Double(max(1, imageSize.pixels * training.count))
    if framing.pads && padded > Self.muchPadding {
      warnings.append(
        (
          .scale,
          "with --framing \(framing), \(DataWording.percent(padded)) of the training pictures' pixels lie beside the "
            + "pictures, which are smaller than \(imageSize) or have another shape; another --image-size wastes less"
        ))
    }
  }

  /// From this share on, most of a step's work is for nothing.
  private static let muchPadding = 0.5

  /// Street scenes of 2048 pixels at a size of 128 are this much larger, and lose poles and signs.
  private static let muchLarger = 16
}

extension FolderDataset {
  /// The names of the pictures that are also pictures of `training`, byte for byte.
  ///
  /// - Parameter surveyor: has read the pictures of both.
  package func twins(in training: FolderDataset, by surveyor: DataSurveyor) -> [String] {
    func key(_ files: Files) -> [Int]? {
      surveyor.findings(of: files.image).map { [Int($0.checksum), $0.stamp.length] }
    }
    let known = Dictionary(training.files.compactMap { files in key(files).map { ($0, files.image) } }) { first, _ in
      first
    }
    return files.filter { files in
      // Among millions of pairs two have the same checksum by chance.
      key(files).flatMap { known[$0] }.map { FileManager.default.contentsEqual(atPath: $0, andPath: files.image) }
        == true
    }.map(\.name)
  }
}
