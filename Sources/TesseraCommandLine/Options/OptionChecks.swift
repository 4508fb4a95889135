import ArgumentParser
import Tessera

/// Reads a word as an option of a run is read, with the same complaint.
func optionValue<Value: OptionValue>(_ word: String) throws -> Value {
  if let value = Value.read(word) { return value }
  throw ValidationError(Value.complaint(about: word) ?? "must be one of \(Value.words.joined(separator: ", "))")
}

/// Refuses a value that no machine can work with, before it overflows somewhere.
package func requireOption(_ name: String, _ value: Int, in range: ClosedRange<Int>) throws {
  if let complaint = OptionRule.lie(in: range).complaint(about: value) { throw ValidationError("\(name) \(complaint)") }
}

/// Refuses more pixels in a pass than any machine trains on, before they are requested at once.
package func requirePixels(_ batchOption: String, _ batch: Int, _ sizeOption: String, _ size: ImageSize) throws {
  let most = 1 << 28
  guard batch * size.pixels <= most else {
    throw ValidationError(
      "\(batchOption) \(batch) and \(sizeOption) \(size.text) make \(batch * size.pixels) pixels a pass, more than the "
        + "maximum of \(most); lower one of them")
  }
}

/// Refuses steps that cannot do their work.
func checkAugmentation(_ augmentation: Augmentation, with framing: Framing) throws {
  if let complaint = augmentation.complaint(with: framing) { throw ValidationError("--augmentation \(complaint)") }
}

/// Refuses a size that a network cannot take.
func requireMultiple(_ name: String, _ size: ImageSize, of multiple: Int, for network: String) throws {
  guard size.isMultiple(of: multiple) else {
    throw ValidationError("\(name) must be a multiple of \(multiple) for \(network); got \(size.text)")
  }
}

extension TrainingOptions {
  /// Refuses options that do not fit each other.
  func check() throws {
    func check(_ condition: Bool, _ message: String) throws { if !condition { throw ValidationError(message) } }
    // A resumed run has the data that it began with.
    try check(cache == nil || data != nil || resume, "--cache needs --data: built-in scenes are drawn, not read")
    let reading = [
      ("--layout", layout != nil), ("--add-data", !addData.isEmpty), ("--held-out", heldOut != nil),
      ("--training-list", trainingList != nil), ("--classes-map", classesMap != nil),
      ("--only-classes", onlyClasses != nil),
    ]
    for (option, isGiven) in reading where isGiven {
      try check(data != nil || resume, "\(option) needs --data: built-in scenes are drawn, not read")
    }
    try check(
      framing == .stretch || data != nil || resume,
      "--framing needs --data: built-in scenes are drawn at the size of training pictures")
    try checkAugmentation(augmentation, with: framing)
    if case .share = heldOut {
      try check(trainingList == nil, "give either --training-list or a share to hold out: the list's rest is held out")
    }
    try requirePixels("--batch-size", batchSize, "--image-size", imageSize)
    try check(
      schedule != .oneCycle || warmUp != 0, "--schedule one-cycle rises first: --warm-up must be 1 or more; got 0")
    try check(clipNorm == nil || clipValue == nil, "give either --clip-norm or --clip-value")
    try check(
      microBatch == nil || !synchronizesBatchNorm,
      "--micro-batch cuts batches, and --sync-batch-norm makes them larger for batch normalization: leave one of them out"
    )
    try check(resume || !acceptChangedData, "--accept-changed-data needs --resume: a new run takes data as they are")
    try check(!resume || output != nil, "--resume needs --output, the folder of the run to resume")
    try check(
      backboneWeights == nil || initialWeights == nil,
      "give either --backbone-weights or --initial-weights, which has the whole network's, the backbone's too")
    try check(
      !freezesBackbone || backboneWeights != nil || initialWeights != nil || resume,
      "--freeze-backbone needs --backbone-weights or --initial-weights: random weights would never be trained")
  }
}

extension VoidChoice: ExpressibleByArgument {
  public init?(argument: String) {
    guard let choice = Self.read(argument) else { return nil }
    self = choice
  }
}

extension ImageSize: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
  public var defaultValueDescription: String { text }
}
