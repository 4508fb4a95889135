import TesseraKernels
import TesseraTensors

/// Stochastic depth (Huang et al. 2016, arXiv:1603.09382): in a training pass sets each sample of a residual branch to
/// zero with probability `rate` and scales the others by 1 / (1 - rate); else changes nothing.
///
/// The choice of samples depends only on the tape's random stream.
///
/// ```swift
/// x + stochasticDepth(branch(x), rate: 0.1)
/// ```
/// - Parameters:
///   - branch: `[batch, ...]`.
///   - rate: in 0..<1.
public func stochasticDepth(_ branch: Variable, rate: Float) -> Variable {
  guard let tape = branch.tape, tape.mode == .training, rate > 0 else { return branch }
  let mask = DropoutMask(rate: rate, key: tape.randomStream().key, from: tape.firstPicture)
  return .operation("stochasticDepth", on: [branch], value: branch.value.droppingSamples(mask)) { gradient in
    gradient = (consume gradient).droppingSamples(mask)
    return [gradient]
  }
}
