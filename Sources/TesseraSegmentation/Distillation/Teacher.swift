import Foundation
import TesseraImaging
import TesseraKernels
import TesseraNetworks
import TesseraTensors

/// A trained network that another one learns from, besides its masks.
///
/// ```swift
/// let large = try SegmentationCheckpoint(contentsOf: "runs/large/checkpoints/best.safetensors")
/// let teacher = try Teacher(large, named: "large", for: space, imageSize: 128)
/// let trainer = Trainer(
///   small, optimizer: Adam(for: small), schedule: .constant(0.001), loss: { loss($0, $1) },
///   teaching: Teaching(by: teacher) { loss($0, $1, teacher: $2) })
/// ```
/// It infers, and looks at the same augmented pictures as the learning network, each normalized as its own weights
/// expect. If both see whole pictures (`stretch` or `pad`), it sees them at the size that it was trained at, and if
/// both see crops, at the scale of its own; its scores are then scaled to the learning network's size, as in
/// prediction. Classes are found by their names.
public struct Teacher: Sendable {
  /// The network.
  public let model: any SegmentationModel
  /// The size at which it sees the pictures.
  public let imageSize: ImageSize
  /// Whether the learning network's pictures have another shape or scale than the teacher was trained with.
  public let seesOtherFraming: Bool
  /// The teacher's classes that the learning network does not have; its probabilities are those among the others.
  public let leftOut: [String]
  /// Its share of the loss.
  public let weight: Float
  /// What logits are divided by.
  public let temperature: Float
  /// Which of its outputs each of the learning network's is; `nil` if all are the same.
  private let outputs: [Int?]?
  private let inference: PlannedInference

  /// - Parameters:
  ///   - checkpoint: the trained network with its classes, size and framing.
  ///   - name: what errors call it, such as its path.
  ///   - space: the classes of the network that learns.
  ///   - size: that of the pictures that it learns from.
  ///   - framing: how they became pictures of that size.
  ///   - channels: of the pictures.
  ///   - weight: the teacher's share of the loss, above 0 and at most 1.
  ///   - temperature: what logits are divided by, above 0.
  /// - Throws: `TeacherError` if the teacher lacks classes, or sees pictures with other channels.
  public init(
    _ checkpoint: SegmentationCheckpoint, named name: String, for space: LabelSpace, imageSize size: ImageSize,
    framing: Framing = .stretch, channels: Int = 3, weight: Float = 0.5, temperature: Float = 2
  ) throws(TeacherError) {
    model = checkpoint.model
    guard model.normalization.channels == channels else {
      throw .otherChannels(name, teacher: model.normalization.channels, pictures: channels)
    }
    let (places, missing) = space.outputs(in: checkpoint.labelSpace)
    guard missing.isEmpty else {
      throw .missingClasses(name, missing, of: space.outputCount - (space.voidOutput == nil ? 0 : 1))
    }
    let own = checkpoint.labelSpace
    outputs = places == (0..<own.outputCount).map(Optional.some) ? nil : places
    leftOut = own.outputs.enumerated().filter { $1 != own.void && !places.contains($0) }.map { own.name(of: $1) }
    (imageSize, seesOtherFraming) = Self.sight(
      of: size, framed: framing, by: checkpoint, multiple: checkpoint.model.sizeMultiple)
    (self.weight, self.temperature) = (weight, temperature)
    inference = PlannedInference(of: checkpoint.model)
  }

  /// At which size a teacher sees pictures of `size`, and whether that is not what it was trained with.
  private static func sight(
    of size: ImageSize, framed framing: Framing, by teacher: SegmentationCheckpoint, multiple: Int
  ) -> (ImageSize, Bool) {
    let trained = teacher.imageSize
    func scaled(by factor: Double) -> ImageSize {
      func side(_ length: Int) -> Int {
        max(1, Int((factor * Double(length) / Double(multiple)).rounded())) * multiple
      }
      return ImageSize(width: side(size.width), height: side(size.height))
    }
    switch (teacher.framing, framing) {
    case (.stretch, .stretch): return (trained, false)
    case (.pad, .pad):
      let factors = [(trained.width, size.width), (trained.height, size.height)].map { Double($0) / Double($1) }
      return (scaled(by: min(factors[0], factors[1])), false)
    case (.crop(let own), .crop(let other)): return (scaled(by: own / other), false)
    default: return (scaled(by: 1), true)
    }
  }

  /// What it says of pictures.
  ///
  /// - Parameter images: raw pixels `[batch, height, width, channels]`, of photographs in 0...255.
  public func logits(of images: Tensor) -> TeacherLogits {
    let size = Extent(height: images.shape[1], width: images.shape[2])
    let seen = Extent(height: imageSize.height, width: imageSize.width)
    let scores = inference.logits(
      of: model.normalization(seen == size ? images : images.resized(to: seen, .bilinear)))
    return TeacherLogits(
      seen == size ? scores : scores.resized(to: size, .bilinear), outputs: outputs, weight: weight,
      temperature: temperature)
  }

  /// Whether a network has the same weights, so that there is nothing to learn from the teacher.
  public func hasWeights(of other: any SegmentationModel) -> Bool {
    let (own, others) = (model.namedParameters, other.namedParameters)
    return own.count == others.count
      && zip(own, others).allSatisfy {
        $0.name == $1.name && $0.parameter.shape == $1.parameter.shape && $0.parameter.value == $1.parameter.value
      }
  }

  /// A checksum of everything that what it says depends on.
  package var checksum: String {
    var checksum = CRC32()
    func add(_ text: String) { checksum.add(Array("\(text)\n".utf8)) }
    add("\(model.configuration.name) \(imageSize.text) \(outputs.map { "\($0)" } ?? "all") \(model.normalization)")
    for (name, parameter) in model.namedParameters {
      add("\(name) \(parameter.shape)")
      parameter.value.withUnsafeBufferPointer { checksum.add(UnsafeRawBufferPointer($0)) }
    }
    return checksum.text
  }
}

/// Why a network cannot teach another one.
public enum TeacherError: Error, Equatable, Sendable, CustomStringConvertible, LocalizedError {
  /// The teacher's name, the classes that it lacks, and the number of classes.
  case missingClasses(String, [String], of: Int)
  /// The teacher's name, its channels, and those of the pictures.
  case otherChannels(String, teacher: Int, pictures: Int)
  /// It is the network that is to learn.
  case sameWeights(String)
  /// A run's teacher is no longer where it was.
  case missing(String)

  public var description: String {
    switch self {
    case .missingClasses(let name, let classes, let count):
      "\(name) cannot teach \(count) classes: it knows nothing of \(classes.firstFew); take a teacher of these classes, "
        + "or leave them out of the data with --only-classes"
    case .otherChannels(let name, let teacher, let pictures):
      "\(name) cannot teach: it sees pictures with \(teacher) channels, and these have \(pictures); take a teacher that "
        + "was trained on such pictures"
    case .sameWeights(let name):
      "\(name) cannot teach: the network begins with the same weights, and would only learn to stay as it is; take "
        + "another teacher or other initial weights"
    case .missing(let name): "\(name), the run's teacher, is not there; say with --teacher where it is now"
    }
  }
  public var errorDescription: String? { description }
}
