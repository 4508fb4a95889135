import Foundation
import Tessera

/// The network that a run learns from as rank 0 describes it to the others, which have no files but pictures.
struct TeacherCard: Codable {
  private let network: NetworkDescription
  private let labelSpace: LabelSpace
  private let imageSize: ImageSize
  private let framing: Framing

  init(_ checkpoint: SegmentationCheckpoint) {
    network = NetworkDescription(checkpoint.model.configuration)
    (labelSpace, imageSize, framing) = (checkpoint.labelSpace, checkpoint.imageSize, checkpoint.framing)
  }

  /// The checkpoint without its weights.
  var checkpoint: SegmentationCheckpoint {
    SegmentationCheckpoint(
      model: network.configuration.makeNetwork(random: RandomStream(seed: 0)), labelSpace: labelSpace,
      imageSize: imageSize, framing: framing)
  }
}

/// What a run learns from besides masks.
struct RunTeacher {
  let teacher: Teacher
  /// From which one without its weights can be made.
  let card: TeacherCard
}

extension TrainingSession {
  /// The same training with its teacher, if it has one.
  ///
  /// - Throws: `TeacherError` if it cannot teach what the run learns, or a resumed run's has gone; or what reading a
  ///   checkpoint throws.
  func taught(isResumed: Bool = false) throws -> TrainingSession {
    guard let path = options.teacher else { return self }
    if isResumed && !FileManager.default.fileExists(atPath: path) { throw TeacherError.missing(path) }
    let checkpoint = try SegmentationCheckpoint(contentsOf: path)
    var session = self
    session.teacher = RunTeacher(teacher: try makeTeacher(of: checkpoint), card: TeacherCard(checkpoint))
    return session
  }

  /// The teacher that a card describes, whose weights are still to come.
  func runTeacher(_ card: TeacherCard) throws -> RunTeacher {
    RunTeacher(teacher: try makeTeacher(of: card.checkpoint), card: card)
  }

  private func makeTeacher(of checkpoint: SegmentationCheckpoint) throws -> Teacher {
    try Teacher(
      checkpoint, named: options.teacher ?? "", for: data.labelSpace, imageSize: options.imageSize,
      framing: options.framing, channels: data.channels, weight: options.teacherWeight,
      temperature: options.temperature)
  }

  /// Says what teaches, what it takes, and what is probably not meant.
  func tell(_ teacher: Teacher) {
    let count = teacher.model.parameterCount
    print(
      "teacher: \(teacher.model.configuration.title) from \(options.teacher ?? ""), \(grouped(count)) parameters ("
        + String(format: "%.0f MB", Double(count * MemoryLayout<Float>.stride) / 1e6)
        + "), sees pictures at \(teacher.imageSize); weight \(options.teacherWeight.word), temperature "
        + options.temperature.word)
    if !teacher.leftOut.isEmpty {
      Notice.note.write(
        "the teacher knows classes that the run does not have: \(teacher.leftOut.firstFew); its probabilities are those "
          + "of the others among themselves")
    }
    if teacher.seesOtherFraming {
      Notice.warning.write(
        "the teacher was trained with another --framing than \(options.framing.word): it sees pictures in another shape "
          + "or at another scale than it has learned; train both with the same")
    }
  }
}
