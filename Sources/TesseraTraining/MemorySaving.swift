import TesseraTensors

/// How a step takes less memory, at the price of time.
///
/// ```swift
/// // Five pictures, one after the other, and one step of all of them.
/// TrainingStep(memory: MemorySaving(microBatch: .init(of: 1, lossAddsUp: true)))
/// ```
public struct MemorySaving: Sendable, Hashable, Codable {
  /// The pictures of a batch that go through the network at a time; `nil` for all of them.
  public var microBatch: MicroBatch?
  /// Whether what is computed within blocks is forgotten and computed again on the way back (`Tape.recomputesBlocks`).
  /// No bit depends on it.
  public var recomputesBlocks: Bool

  public init(microBatch: MicroBatch? = nil, recomputesBlocks: Bool = false) {
    self.microBatch = microBatch
    self.recomputesBlocks = recomputesBlocks
  }

  /// Whether batches of `size` pictures are cut.
  package func cuts(_ size: Int) -> Bool { microBatch.map { $0.pictures < size } ?? false }

  /// A piece of a batch (Huang et al. 2018, GPipe, arXiv:1811.06965).
  ///
  /// Pictures have the random numbers that they have in the whole batch, and the gradient is that of the whole batch up
  /// to rounding. Only batch normalization sees the pieces: each moves the running statistics.
  public struct MicroBatch: Sendable, Hashable, Codable {
    /// The most pictures in a piece.
    public let pictures: Int
    /// Whether the losses of pieces, weighted by their weights, add up to that of the batch
    /// (`SegmentationLoss.addsUpOverBatches`). Otherwise the pieces' logits are all computed first, and a second time
    /// after the batch's loss: exact for any loss, for one more forward pass.
    public let lossAddsUp: Bool

    /// Creates pieces of at most `pictures` pictures.
    public init(of pictures: Int, lossAddsUp: Bool = false) {
      require(pictures > 0, "MemorySaving: a piece of a batch needs at least one picture; got \(pictures)")
      (self.pictures, self.lossAddsUp) = (pictures, lossAddsUp)
    }

    /// The pieces of `count` pictures, in order; as long as each other, or one shorter.
    func pieces(of count: Int) -> [Range<Int>] {
      let number = (count + pictures - 1) / pictures
      return (0..<number).map { $0 * count / number..<($0 + 1) * count / number }
    }
  }
}
