import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors

/// The exponential moving average of a model's weights, which often validates better than the weights themselves
/// (Polyak and Juditsky 1992; Tarvainen and Valpola, "Mean teachers", arXiv:1703.01780).
///
/// ```swift
/// let average = WeightAverage(of: model, decay: 0.999)
/// optimizer.update(along: gradients, rate: 0.001)
/// average.update()
/// let report = average.withAveragedWeights { evaluate(model) }
/// ```
/// Each update moves the average by `1 - decay` of the way to the weights; it starts with the current weights of the
/// model. It follows the parameters that are trainable when it is created: create it after the optimizer, whose rules
/// may freeze some. Statistics are not averaged, as they are running averages already: the averaged weights use the
/// model's own, as PyTorch's `AveragedModel` does by default.
public final class WeightAverage {
  /// In 0..<1, the share of the average that each update keeps.
  public let decay: Double

  /// Whether the decay is `min(decay, (1 + t) / (10 + t))` in update t, counted from 0, as in TensorFlow's
  /// `ExponentialMovingAverage`: the average then soon forgets the first weights.
  public let warmsUp: Bool

  private struct Entry {
    let name: String
    let parameter: Parameter
    /// The average; the model's own weights while the averaged ones are in the model.
    var average: Tensor
  }
  private var entries: [Entry]
  private var updates = UpdateCount()
  private var isInModel = false

  /// - Parameters:
  ///   - model: the model whose weights are averaged, starting with the current ones.
  ///   - decay: in 0..<1; 0.999 averages over roughly the last thousand steps.
  ///   - warmsUp: whether the first updates weigh more.
  public init(of model: some Module, decay: Double, warmsUp: Bool = false) {
    require((0..<1).contains(decay), "WeightAverage: the decay must lie in 0..<1; got \(decay)")
    self.decay = decay
    self.warmsUp = warmsUp
    entries = ParameterRules.trainables(of: model).filter(\.parameter.isTrainable).map {
      Entry(name: $0[0], parameter: $1, average: $1.value)
    }
  }

  /// Moves the average toward the weights; call it after each step.
  public func update() {
    require(!isInModel, "WeightAverage.update: the averaged weights are in the model; there is nothing to follow")
    let count = Double(updates.value)
    let decay = warmsUp ? min(decay, (1 + count) / (10 + count)) : decay
    for index in entries.indices {
      updateAverage(&entries[index].average, towards: entries[index].parameter.value, share: 1 - decay)
    }
    updates.increase()
  }

  /// Runs `body` while the model has the averaged weights; afterwards it has its own again, even if `body` throws.
  ///
  /// Nothing is copied. `body` must not train the model.
  public func withAveragedWeights<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    exchange(into: true)
    defer { exchange(into: false) }
    return try body()
  }

  /// The same for an asynchronous `body`, which runs in the caller's isolation.
  public func withAveragedWeights<Result, Failure>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    exchange(into: true)
    defer { exchange(into: false) }
    return try await body()
  }

  private func exchange(into model: Bool) {
    require(isInModel != model, "WeightAverage.withAveragedWeights: the averaged weights are in the model already")
    for index in entries.indices { swap(&entries[index].parameter.value, &entries[index].average) }
    isInModel = model
  }

  /// The averaged weights as `average.<path>`, and the number of updates as `averageUpdates`. This is a tensor of rank
  /// 0 that is exact up to 2^24, where it stops, long after any warm-up.
  public var state: [(name: String, tensor: Tensor)] {
    entries.map { ("average.\($0.name)", isInModel ? $0.parameter.value : $0.average) }
      + [(UpdateCount.ofAverage, updates.tensor)]
  }

  /// Loads the state of an average of the same model, which then continues bit for bit.
  ///
  /// - Throws: `TensorMismatchError` with all missing, unused and misshapen names; nothing is then changed.
  public func load(state: [(name: String, tensor: Tensor)]) throws(TensorMismatchError) {
    require(!isInModel, "WeightAverage.load: the averaged weights are in the model")
    let mismatch = TensorMismatchError(
      from: "the saved average of weights", to: "the model's",
      expected: self.state.map { ($0.name, $0.tensor.shape) }, arrived: state.map { ($0.name, $0.tensor.shape) })
    if let mismatch { throw mismatch }
    let arrived = Dictionary(state.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    for index in entries.indices {
      if let average = arrived["average.\(entries[index].name)"] { entries[index].average = average }
    }
    updates = UpdateCount(saved: arrived[UpdateCount.ofAverage])
  }
}
