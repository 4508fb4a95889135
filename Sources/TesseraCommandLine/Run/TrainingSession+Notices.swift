import Foundation
import Tessera

// What is said before the first step.
extension TrainingSession {
  /// Prints what is trained on what, and says what is probably not meant.
  ///
  /// - Parameters:
  ///   - model: what is trained.
  ///   - trainer: trains it.
  ///   - need: the memory that it takes.
  ///   - folder: the run's.
  ///   - isNew: whether the run starts from weights that its options name.
  func tell(
    _ model: any SegmentationModel, _ trainer: Trainer, _ need: MemoryNeed, in folder: RunFolder, isNew: Bool
  ) {
    for line in data.description { print(line) }
    let parameters = model.forPrediction.trainedParameterCount
    let others = model.trainedParameterCount - parameters
    print(
      "\(name): \(grouped(parameters)) parameters"
        + (others == 0 ? "" : " and \(grouped(others)) that only training needs")
        + ", \(classes) classes, \(data.training.count) training and "
        + "\(data.validation.count) validation pictures, \(counted(context.threads, "thread"))"
        + (Ranks.current.map { " on each of \($0.group.rankCount) ranks" } ?? "") + ", run in \(folder.path)"
    )
    if let choice, let limit = options.maxMemory { print(choice.line(limit, batchSize: options.batchSize)) }
    if let pieces = options.microBatch, pieces > options.batchSize {
      Notice.note.write("--micro-batch \(pieces) has no effect: batches have \(counted(options.batchSize, "picture"))")
    }
    if saving.cuts(options.batchSize) && model.looksAtBatches {
      Notice.note.write(
        "batch normalization sees \(options.batchSize) pictures in pieces of \(saving.microBatch?.pictures ?? 0), as if "
          + "the pieces were batches: a step is not quite that of the whole batch")
    }
    if let teacher { tell(teacher.teacher) }
    for sentence in options.ineffective { Notice.note.write(sentence) }
    if options.accumulate > 1 && !options.loss.addsUpOverBatches(withTeacher: teacher != nil) {
      Notice.note.write(
        "--loss \(options.loss) looks at each of the \(options.accumulate) batches of a step by itself: a step minimizes the "
          + "mean of their losses, not that of one large batch")
    }
    if !options.hasVoidOutput && data.labelSpace.hasVoidOutput {
      Notice.note.write("--no-void-output has no effect: no void value lies among the classes")
    }
    let warnings = (isNew ? weightsWarnings : []) + sizeWarnings(trainer) + [need.warning(for: self)].compactMap(\.self)
    for line in data.warnings + warnings { Notice.warning.write(line) }
  }

  /// Weights learned for as many classes, but others or in a different order, learn them again, from a worse start.
  private var weightsWarnings: [String] {
    guard let path = options.initialWeights, let space = try? SegmentationCheckpoint.labelSpace(of: path) else {
      return []
    }
    switch space.match(with: data.labelSpace, own: path, others: "--data") {
    case .same: return []
    case .reordered(let order):
      let index = order.indices.first { order[$0] != $0 } ?? 0
      return [
        "\(path) knows the same classes in a different order: its output \(index) is \(space.name(of: index)), which is "
          + "class \(order[index]) of --data; order classes.txt and masks alike, or what it has learned about them is "
          + "lost"
      ]
    case .different(let differences):
      // That another number has a new last layer is said where it is made.
      guard space.count == data.labelSpace.count else { return [] }
      return [
        "\(path) knows other classes, as many, so its last layer is kept and learns these: \(differences.firstFew)"
      ]
    }
  }

  /// A network that looks at the whole picture validates large pictures at once.
  private func sizeWarnings(_ trainer: Trainer) -> [String] {
    guard validation.wholeMultiple != nil, trainer.validationTiles == nil,
      let largest = data.largestValidation.map({ options.framing.scaledSize(for: options.imageSize).size(of: $0) }),
      largest.pixels > WholePictures.largestTile
    else { return [] }
    return [
      "\(name) looks at the whole picture, so validation sees up to \(largest) pixels at once, in memory that grows with "
        + "them; a smaller --framing crop=SCALE takes less"
    ]
  }
}
