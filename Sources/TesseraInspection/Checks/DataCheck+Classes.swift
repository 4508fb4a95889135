import Foundation
import TesseraDatasets
import TesseraImaging

// Which classes there are to learn, and whether they can be.
extension DataCheck {
  /// What training warns of too, in its words.
  static let survey = DataCheck(
    "classes", "classes that do not occur, or not where they can be learned; a single class"
  ) {
    inspection in
    guard inspection.showsClasses else { return [] }
    let space = inspection.labelSpace
    var warnings = DataWarnings(inspection.surveys, labelSpace: space, namesClasses: inspection.namesClasses)
    if let training = inspection.part(.training), let validation = inspection.part(.validation) {
      // That pictures are in both parts has a check of its own.
      warnings.add(
        training: training.survey, validation: validation.survey, twins: [], imageSize: inspection.imageSize)
    }
    return warnings.warnings.map { subject, sentence in
      let (remedy, command) = inspection.remedy(for: subject)
      return DataFinding(.warning, sentence, remedy: remedy, command: command)
    }
  }

  static let vanishing = DataCheck("vanishing", "classes that are gone when masks are scaled to the training size") {
    inspection in
    guard inspection.showsClasses, let part = inspection.part(.training) ?? inspection.parts.first else { return [] }
    /// Of the masks that hold a class, the share that lose it at each factor of the training size.
    func shares(_ index: Int) -> (masks: Int, shares: [Double]) {
      let masks = part.pairs.filter { $0.classes?.contains(index) == true }
      return (
        masks.count,
        PairEvidence.factors.indices.map { factor in
          Double(masks.count { $0.vanished[factor].contains(index) }) / Double(max(1, masks.count))
        }
      )
    }
    let (leastMasks, mostLost) = (3, 0.75)
    let lost = (0..<inspection.labelSpace.count).filter { $0 != inspection.labelSpace.void }
      .map { (index: $0, found: shares($0)) }
      .filter { $0.found.masks >= leastMasks && $0.found.shares[0] > mostLost }
    guard !lost.isEmpty else { return [] }
    let names = lost.map { class_ in
      "\(inspection.labelSpace.name(of: class_.index)) (\(DataWording.percent(class_.found.shares[0])) of "
        + "\(class_.found.masks) masks)"
    }
    let places = part.pairs.indices.filter { index in
      lost.contains { part.pairs[index].vanished.first?.contains($0.index) == true }
    }.map { part.place($0, mask: true) }
    let size = inspection.imageSize
    let factor = PairEvidence.factors.enumerated().dropFirst().first { place, _ in
      lost.allSatisfy { $0.found.shares[place] <= 0.25 }
    }?.element
    let wanted = factor.map { ImageSize(width: size.width * $0, height: size.height * $0).text }
    return [
      DataFinding(
        .warning,
        "at the training size \(size.text) nothing is left of \(DataWording.list(names)): "
          + (lost.count == 1 ? "this class" : "these classes") + " cannot be learned",
        at: places,
        remedy: wanted.map { "train at \($0)" }
          ?? "cut the pictures into parts, or train on crops (--augmentation standard) at a larger size",
        command: wanted.map { inspection.invocation.training([("--image-size", $0)]) })
    ]
  }

  static let balance = DataCheck("balance", "how often classes occur, with weights and a loss") { inspection in
    guard let balance = inspection.balance, balance.imbalance >= ClassBalance.notable else { return [] }
    let rare = balance.classes.filter { $0.pictures > 0 }.sorted { ($0.share, $0.index) < ($1.share, $1.index) }.prefix(
      3)
    return [
      DataFinding(
        .note,
        "classes differ \(Int(balance.imbalance.rounded())) times in frequency; rarest: "
          + rare.map { "\($0.name) \(DataWording.percent($0.share))" }.joined(separator: ", "),
        remedy: balance.loss,
        command: inspection.invocation.training([("--class-weights", ClassWeighting.medianFrequency.rawValue)]))
    ]
  }
}

extension DataInspection {
  /// What to do about what training warns of.
  fileprivate func remedy(for subject: DataWarnings.Subject) -> (text: String, command: String?) {
    let surveys = surveys.map(\.survey)
    switch subject {
    case .onlyVoid where Set(surveys.flatMap(\.pixels.keys)).count < 2:
      return ("draw classes: the masks hold nothing but one value", nil)
    case .onlyVoid, .oneClass:
      return labelSpace.void.map { labelSpace.classes.indices.contains($0) } == true
        ? ("count every value", invocation.training([("--void", "none")]))
        : ("choose another void value, or draw a second class", nil)
    case .singleValues:
      return ("check that masks were exported whole", "tessera show-data \(invocation.data.quotedForShell)")
    case .absentClasses where DataWarnings.absent(surveys, labelSpace) == [0]:
      return ("make 0 void, if the masks count from 1", invocation.training([("--void", "0")]))
    case .absentClasses:
      let used = Set(surveys.flatMap { $0.countedClasses(of: labelSpace) }).sorted()
      let lines = used.map { "\($0) = class-\($0)" }
      return ("keep the values that occur, under names of your own", invocation.mapping(lines + ["* = void"]))
    case .twins: return ("take them from the training data", nil)
    case .unlearnedClasses:
      return (
        "divide the pictures anew, so that both parts show all classes", invocation.training([("--held-out", "0.2")])
      )
    case .scale:
      return ("train on crops, or at a larger --image-size", invocation.training([("--framing", "crop")]))
    }
  }
}
