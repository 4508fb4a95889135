import Synchronization
import TesseraAutograd
import TesseraLayers
import TesseraTensors

/// A network's inference, by a plan for each shape of pictures that is asked for again.
///
/// ```swift
/// let inference = PlannedInference(of: model)
/// let logits = inference.logits(of: images)   // as model(Variable(images)).value
/// ```
/// A plan is used once it has given the same bits as the pass itself, so a network whose operations are not all
/// recorded is not misread. Plans follow the weights: after a change they are made again. Any number of tasks may use
/// one.
public final class PlannedInference: Sendable {
  private let model: any SegmentationModel
  private let parameters: [Parameter]
  private let state = Mutex(State())

  private struct State {
    /// The weights that the plans were made of.
    var weights: [Tensor] = []
    /// What is known of pictures of a shape that was asked for, the latest last.
    var shapes: [(shape: Shape, use: Use)] = []
  }

  private enum Use: Sendable {
    case once
    case planned(InferencePlan)
    /// The pass is not fully recorded.
    case unplanned
  }
  /// Filters as the kernels need them, for passes without a plan.
  private let prepared = PreparedTensors()

  /// Pictures of so many shapes are remembered: what predicts tiles or batches sees few.
  private static let mostShapes = 4

  public init(of model: any SegmentationModel) {
    self.model = model
    parameters = model.parameters
  }

  /// Logits `[batch, height, width, classes]` of normalized pictures `[batch, height, width, channels]`.
  public func logits(of pictures: Tensor) -> Tensor {
    // There are no numbers by which a plan could be compared with the pass.
    if ComputeContext.current.isRehearsing { return passed(pictures, keeping: prepared) }
    switch use(for: pictures.shape) {
    case .planned(let plan): return plan(pictures)
    case .unplanned: return passed(pictures, keeping: prepared)
    case nil:
      note(.once, for: pictures.shape)
      return passed(pictures)
    case .once:
      let logits = passed(pictures)
      let plan = model.inferencePlan(for: pictures.shape)
      let isExact = plan.map { $0(pictures) == logits } ?? false
      note(isExact ? plan.map(Use.planned) ?? .unplanned : .unplanned, for: pictures.shape)
      return logits
    }
  }

  /// Whether pictures of this shape have a plan.
  package func isPlanned(_ shape: Shape) -> Bool { if case .planned = use(for: shape) { true } else { false } }

  /// The pass itself, with the algorithms that a plan chooses.
  private func passed(_ pictures: Tensor, keeping prepared: PreparedTensors = PreparedTensors()) -> Tensor {
    ComputeContext.$current.withValue(ComputeContext.current.keeping(prepared)) {
      model(Variable(pictures)).value
    }
  }

  private func use(for shape: Shape) -> Use? {
    let weights = parameters.map(\.value)
    return state.withLock { state in
      let isCurrent = zip(weights, state.weights).allSatisfy { $0.sharesMemory(with: $1) }
      guard isCurrent && weights.count == state.weights.count else {
        state = State(weights: weights)
        return nil
      }
      return state.shapes.first { $0.shape == shape }?.use
    }
  }

  private func note(_ use: Use, for shape: Shape) {
    state.withLock { state in
      state.shapes.removeAll { $0.shape == shape }
      if state.shapes.count == Self.mostShapes { state.shapes.removeFirst() }
      state.shapes.append((shape, use))
    }
  }
}
