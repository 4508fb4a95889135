import Foundation
import Tessera

/// The pictures that an evaluation measures on, and what the values of their masks mean to the predictor.
///
/// With a checkpoint, these are as in its training unless the user says otherwise: its void value, its classes where
/// the data names none, its order of the classes, the pictures that its run held out.
struct EvaluatedData {
  /// The masks have the values of their files.
  let dataset: FolderDataset
  /// The meaning of predictions, and of true masks after `truth(of:)`.
  let labelSpace: LabelSpace
  /// What was taken from the checkpoint and differs from what the data alone says.
  private(set) var notes: [String] = []
  /// What makes the figures less reliable than they look.
  private(set) var warnings: [String] = []
  /// Entry k is what value k of a mask's file becomes; `nil` if all values stay.
  private let order: [UInt16]?
  private let surveyor: DataSurveyor

  /// - Parameters:
  ///   - path: the data set's folder.
  ///   - options: how it is read.
  ///   - split: which part of it.
  ///   - void: the user's choice.
  ///   - seed: the user's choice of what a flat folder holds out.
  ///   - checkpoint: the predictor; `nil` if predictions are in files.
  ///   - file: the checkpoint's file, for messages.
  /// - Throws: `EvaluationError` if the classes are not the checkpoint's; what opening the folder throws.
  init(
    at path: String, _ options: TrainingOptions = TrainingOptions(), split: DatasetSplit, void: VoidChoice?,
    seed: UInt64?, checkpoint: SegmentationCheckpoint?,
    path file: String
  ) throws {
    let trained = checkpoint?.labelSpace
    // A run that counts every value is also measured by the layout's void, as in its own validation.
    // The checkpoint's void is one of the classes that its data were mapped to.
    let isMapped = options.classesMap != nil || options.onlyClasses != nil
    let choice = void ?? (isMapped ? nil : trained?.void.map(VoidChoice.value)) ?? .layoutDefault
    surveyor = DataSurveyor(of: path, and: options.addData)
    var folder = try DatasetFolder.open(
      path, options, void: choice, surveyor: surveyor, unnamed: isMapped ? nil : trained)
    let heldOut = checkpoint?.notes[HeldOutPictures.note].flatMap(HeldOutPictures.init)
    if let share = heldOut?.share, folder.division == .found { folder.division = .share(share) }
    var files = try folder.dataset(split, seed: seed ?? heldOut?.seed ?? Self.usualSeed)
    switch trained.map({ folder.labelSpace.match(with: $0, own: "the data set", others: "the checkpoint") }) {
    case nil, .same:
      // Names that somebody chose say more than numbers.
      let classes = trained.flatMap { $0.isUnnamed ? nil : $0.classes } ?? folder.labelSpace.classes
      labelSpace = LabelSpace(classes: classes, void: folder.labelSpace.void)
      if let trained, !folder.namesClasses, !trained.isUnnamed {
        let examples = trained.classes.prefix(2).enumerated().map { "\($0) is \($1.name)" }.joined(separator: ", ")
        notes.append(
          "\(path) does not name its classes: its numbers are taken to be those of \(file) (\(examples), ...)")
      }
      order = nil
    case .reordered(let order):
      let trained = trained ?? folder.labelSpace
      // The void value that the checkpoint knows is one of its own order.
      let known = void == nil ? trained.void.map { order.firstIndex(of: $0) ?? $0 } : nil
      let own = known ?? folder.labelSpace.void
      files = FolderDataset(files: files.files, labelSpace: LabelSpace(classes: folder.labelSpace.classes, void: own))
      let mapped = own.map { order.indices.contains($0) ? order[$0] : $0 }
      labelSpace = LabelSpace(classes: trained.classes, void: mapped)
      self.order = order.map { UInt16($0) }
      let index = order.indices.first { order[$0] != $0 } ?? 0
      notes.append(
        "\(path) lists the classes in a different order than \(file): they are mapped by name "
          + "(\(trained.name(of: order[index])) is \(index) in the masks and \(order[index]) in the checkpoint)")
    case .different(let differences):
      let trained = trained ?? folder.labelSpace
      guard trained.count == folder.labelSpace.count else {
        throw EvaluationError.differentClasses(checkpoint: file, trained.count, data: folder.labelSpace.count)
      }
      throw EvaluationError.otherClasses(
        checkpoint: file, differences, onlyInData: folder.labelSpace.outputs(in: trained).missing,
        onlyInCheckpoint: trained.outputs(in: folder.labelSpace).missing)
    }
    dataset = files
    if void == nil, let value = trained?.void, value != folder.defaultVoid, !isMapped {
      notes.append("\(value) is void, as in the training of \(file); --void overrides it")
    }
    let listed = checkpoint?.notes[ListedPictures.note].flatMap(ListedPictures.init)
    if let listed {
      addListed(listed, split: split, file: file)
    } else if checkpoint != nil, folder.drawsHeldOut {
      try addHeldOut(heldOut, in: folder, split: split, seed: seed, file: file)
    } else if let heldOut, let words = options.listWords {
      warnings.append(
        "the training of \(file) held out by --seed \(heldOut.seed), not by \(words), \(Self.mayBeKnown)")
    }
  }

  private static let mayBeKnown = "so pictures that it was trained on may be among those measured"

  private mutating func addListed(_ listed: ListedPictures, split: DatasetSplit, file: String) {
    let verb = split == .validation ? "held out" : "was given"
    if listed.holds(dataset, as: split) {
      notes.append("measuring the pictures that the training of \(file) \(verb) (\(listed.words))")
    } else {
      warnings.append(
        "the training of \(file) was divided by \(listed.words), and these are not the pictures that it \(verb): if the data are "
          + "the same, give \(listed.words) here too, or pictures that it was trained on are measured")
    }
  }

  /// What a run holds out by where its options name no seed.
  private static let usualSeed: UInt64 = 1234

  private mutating func addHeldOut(
    _ heldOut: HeldOutPictures?, in folder: DatasetFolder, split: DatasetSplit, seed: UInt64?, file: String
  ) throws {
    guard let heldOut else {
      if seed == nil {
        warnings.append(
          "\(file) does not say which pictures its training held out; if it trained on this folder with another --seed than "
            + "\(Self.usualSeed), give it here")
      }
      return
    }
    let now = try folder.heldOut(seed: heldOut.seed)
    if now != heldOut {
      warnings.append(
        "\(folder.path) does not hold the same pictures as in the training of \(file) (\(heldOut.count) then, "
          + "\(now?.count ?? 0) now), \(Self.mayBeKnown)")
    } else if let seed, seed != heldOut.seed {
      warnings.append("the training of \(file) held out by --seed \(heldOut.seed), not \(seed), \(Self.mayBeKnown)")
    } else {
      let verb = split == .validation ? "held out" : "was given"
      notes.append("measuring the pictures that the training of \(file) \(verb) (--seed \(heldOut.seed))")
    }
  }

  /// Checks all files before the first is predicted.
  ///
  /// - Throws: `DatasetError` with every file that cannot be used.
  func check() throws { _ = try DatasetSurvey(of: dataset, by: surveyor) }

  /// What must be the same for all ranks that evaluate together.
  var likeness: (what: String, value: String) {
    var checksum = CRC32()
    for files in dataset.files { checksum.add(Array("\(files.name)\n".utf8)) }
    return ("its data", "\(dataset.count) pictures (\(checksum.text))")
  }

  /// A mask of the data set in the values that predictions have.
  func truth(of mask: Mask) -> Mask {
    guard let order else { return mask }
    return Mask(
      width: mask.width, height: mask.height,
      indices: mask.indices.map { Int($0) < order.count ? order[Int($0)] : $0 }, labelSpace: labelSpace)
  }
}
