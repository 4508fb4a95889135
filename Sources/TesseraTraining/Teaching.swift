import TesseraAutograd
import TesseraImaging
import TesseraSegmentation
import TesseraTensors

/// How a network learns from a teacher besides the masks (Hinton et al. 2015, arXiv:1503.02531).
///
/// ```swift
/// let trainer = Trainer(
///   small, optimizer: Adam(for: small), schedule: .constant(0.001), loss: { loss($0, $1) },
///   teaching: Teaching(by: teacher) { loss($0, $1, teacher: $2) })
/// ```
/// The teacher sees each training batch as the network does, without gradients. Auxiliary outputs learn from the masks
/// alone.
public struct Teaching {
  /// Maps logits, true masks and what the teacher says to a loss over counted pixels.
  public typealias Loss = (_ logits: Variable, _ masks: MaskBatch, _ teacher: TeacherLogits) -> PixelLoss

  /// What the network learns from.
  public let teacher: Teacher
  /// The loss of the network's own logits.
  public let loss: Loss

  public init(by teacher: Teacher, loss: @escaping Loss) { (self.teacher, self.loss) = (teacher, loss) }
}
