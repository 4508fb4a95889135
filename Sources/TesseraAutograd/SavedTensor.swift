import TesseraKernels
import TesseraTensors

/// A tensor that a pullback will need: stored, or joined again from parts that others store anyway.
enum SavedTensor {
  case stored(Tensor)
  case concatenation([Tensor], axis: Int, mask: DropoutMask?)

  /// The tensor, the same bits each time.
  var tensor: Tensor {
    switch self {
    case .stored(let tensor): tensor
    case .concatenation(let parts, let axis, let mask):
      .concatenation(parts, along: axis, droppingOut: mask)
    }
  }
}
