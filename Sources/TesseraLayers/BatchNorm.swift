import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// Batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167) over all axes but the last.
///
/// A training pass normalizes by the batch's moments and moves the running ones toward them; inference uses the running
/// ones. So does a training pass while neither scale nor offset is trainable, as in Keras: a frozen network computes
/// the same function as before. A pass without a tape computes it as part of the convolution before it.
public struct BatchNorm: Layer {
  /// What differs between the libraries that weights come from.
  public struct Convention: Sendable, Hashable, Codable {
    /// The share of the old running value that is kept.
    public let momentum: Float
    /// Added to the variance before its root.
    public let epsilon: Float
    /// Whether the running variance is the unbiased one.
    public let isUnbiased: Bool

    public init(momentum: Float, epsilon: Float, isUnbiased: Bool) {
      self.momentum = momentum
      self.epsilon = epsilon
      self.isUnbiased = isUnbiased
    }

    private enum CodingKeys: CodingKey { case momentum, epsilon, isUnbiased }

    /// - Throws: `DecodingError`, also for a momentum that is no share and an epsilon that is not positive.
    public init(from decoder: any Decoder) throws {
      let card = try decoder.container(keyedBy: CodingKeys.self)
      self.init(
        momentum: try card.decode(Float.self, forKey: .momentum),
        epsilon: try card.decode(Float.self, forKey: .epsilon),
        isUnbiased: try card.decode(Bool.self, forKey: .isUnbiased))
      guard (0...1).contains(momentum) && epsilon.isFinite && epsilon > 0 else {
        throw DecodingError.dataCorruptedError(
          forKey: .epsilon, in: card,
          debugDescription: "a batch normalization needs a momentum in 0...1 and a positive epsilon")
      }
    }

    /// momentum 0.99, epsilon 1e-3, biased.
    public static let keras = Convention(momentum: 0.99, epsilon: 1e-3, isUnbiased: false)
    /// PyTorch's momentum 0.1 (the share of the new value), epsilon 1e-5, unbiased.
    public static let pyTorch = Convention(momentum: 0.9, epsilon: 1e-5, isUnbiased: true)
  }

  /// `[channels]`, initially 1; gamma in the paper.
  public let scale: Parameter
  /// `[channels]`, initially 0; beta in the paper.
  public let offset: Parameter
  /// `[channels]`, updated by training passes.
  public let runningMean: Parameter
  /// `[channels]`, updated by training passes.
  public let runningVariance: Parameter
  /// Momentum, epsilon, and the kind of running variance.
  public let convention: Convention

  /// Creates a layer for inputs `[..., channels]`.
  public init(_ channels: Int, convention: Convention = .keras) {
    scale = Parameter(Tensor(repeating: 1, shape: [channels]), kind: .bias)
    offset = Parameter(.zeros([channels]), kind: .bias)
    runningMean = Parameter(.zeros([channels]), kind: .statistic)
    runningVariance = Parameter(Tensor(repeating: 1, shape: [channels]), kind: .statistic)
    self.convention = convention
  }

  public func callAsFunction(_ input: consuming Variable) -> Variable {
    let channels = scale.shape[0]
    require(
      input.shape.rank > 1 && input.shape[-1] == channels,
      "BatchNorm: expects [..., \(channels)] of rank 2 or more; got \(input.shape)")
    let (scale, offset) = (scale.joining(input), offset.joining(input))
    guard let tape = input.tape, input.isTraining && (self.scale.isTrainable || self.offset.isTrainable) else {
      let (mean, variance) = (runningMean.joining(input), runningVariance.joining(input))
      return batchNormalization(
        consume input, scale: scale, offset: offset, mean: mean, variance: variance, epsilon: convention.epsilon)
    }
    let (output, moments) = batchNormalization(input, scale: scale, offset: offset, epsilon: convention.epsilon)
    // Moments that processes share move the statistics once.
    guard tape.sharing?.isFirst ?? true else { return output }
    let count = Float(moments.count)
    let correction: Float = convention.isUnbiased ? count / max(1, count - 1) : 1
    let (kept, share) = (convention.momentum, 1 - convention.momentum)
    tape.move(runningMean, keeping: kept, adding: moments.mean * share)
    tape.move(runningVariance, keeping: kept, adding: moments.variance * (share * correction))
    return output
  }
}
