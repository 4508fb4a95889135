import TesseraTensors

/// A word of the command line that stands for a step.
struct StepWord: Sendable {
  /// What follows the name.
  private enum Value: Sendable {
    case nothing(make: @Sendable () -> any AugmentationStep)
    /// A number in a range; the usual one counts if none is given.
    case number(ClosedRange<Double>, usual: Double, make: @Sendable (Double) -> any AugmentationStep)
    /// Two numbers in a range, in order.
    case bounds(
      ClosedRange<Double>, usual: ClosedRange<Double>, make: @Sendable (ClosedRange<Double>) -> any AugmentationStep)
  }

  let name: String
  let meaning: String
  private let value: Value

  private init(_ name: String, _ value: Value, _ meaning: String) {
    (self.name, self.value, self.meaning) = (name, value, meaning)
  }

  static let all = [
    StepWord(
      "scale", .bounds(RandomScale.range, usual: 0.5...2) { RandomScale($0) },
      "scales by a factor from this range, and takes a window"),
    StepWord(
      "crop", .number(RandomCrop.range, usual: 0.5) { RandomCrop($0) },
      "stretches a window with sides of at least this share to the whole"),
    StepWord(
      "balance", .number(BalancedCrop.range, usual: 0.75) { BalancedCrop($0) },
      "draws the window's place again if a class covers more than this share"),
    StepWord("flip", .nothing { Flip() }, "mirrors half of the samples, left to right"),
    StepWord("vflip", .nothing { Flip(.vertical) }, "mirrors half of the samples, top to bottom"),
    StepWord(
      "rotate", .number(Rotation.range, usual: 10) { Rotation($0) }, "rotates by up to as many degrees"),
    StepWord(
      "elastic", .number(ElasticDeformation.range, usual: 0.02) { ElasticDeformation($0) },
      "bends smoothly, by about this share of the shorter side"),
    StepWord(
      "color", .number(ColorJitter.range, usual: 0.2) { ColorJitter($0) },
      "changes brightness, contrast, saturation and hue"),
    StepWord(
      "blur", .number(GaussianBlur.range, usual: 1) { GaussianBlur($0) },
      "blurs with a Gaussian of up to as many pixels"),
    StepWord(
      "noise", .number(GaussianNoise.range, usual: 8) { GaussianNoise($0) },
      "adds Gaussian noise of up to as many levels of 255"),
    StepWord(
      "cutout", .number(CutOut.range, usual: 0.25) { CutOut($0) },
      "hides a rectangle with sides of up to this share"),
    StepWord(
      "cutmix", .number(CutMix.range, usual: 0.5) { CutMix($0) },
      "puts a rectangle of another picture into this share of samples"),
  ]

  /// The word with its usual value.
  var example: String {
    switch value {
    case .nothing(let make): make().word
    case .number(_, let usual, let make): make(usual).word
    case .bounds(_, let usual, let make): make(usual).word
    }
  }

  /// What the numbers can be, such as `0...1`; `nil` if there are none.
  var limits: String? {
    switch value {
    case .nothing: nil
    case .number(let range, _, _), .bounds(let range, _, _):
      "\(range.lowerBound.shortText)...\(range.upperBound.shortText)"
    }
  }

  /// Reads a word with its value.
  static func step(_ text: String) throws(AugmentationError) -> any AugmentationStep {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let given = parts.count == 2 ? parts[1] : nil
    guard let word = all.first(where: { $0.name == parts[0] }) else {
      let names = Augmentation.allCases.map(\.rawValue)
      guard !names.contains(parts[0]) else {
        throw AugmentationError(
          given == nil ? "\(parts[0]) must stand alone" : "\(parts[0]) has no value; got \(text)")
      }
      throw AugmentationError(
        "must be \(names.joined(separator: ", ")), or a list of \(all.map(\.example).joined(separator: ", ")); got "
          + "\(text.isEmpty ? "an empty word" : text)", unknownName: parts[0])
    }
    return try word.step(given, in: text)
  }

  private func step(_ given: String?, in text: String) throws(AugmentationError) -> any AugmentationStep {
    switch value {
    case .nothing(let make):
      guard given == nil else { throw AugmentationError("\(name) has no value; got \(text)") }
      return make()
    case .number(let range, let usual, let make):
      guard let number = given.map({ Double($0) }) ?? usual, range.contains(number) else {
        throw AugmentationError("\(name) needs a number in \(limits ?? ""), such as \(example); got \(text)")
      }
      return make(number)
    case .bounds(let range, let usual, let make):
      guard let given else { return make(usual) }
      let ends = given.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
      guard ends.count == 2, let low = ends[0], let high = ends[1], low <= high, range.contains(low),
        range.contains(high)
      else {
        throw AugmentationError(
          "\(name) needs two numbers in \(limits ?? ""), the smaller first, such as \(example); got \(text)")
      }
      return make(low...high)
    }
  }
}
