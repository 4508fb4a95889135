import TesseraAutograd
import TesseraKernels
import TesseraTensors

/// A network's inference pass for inputs of one shape, made once from the recorded pass: what follows from weights and
/// shapes alone is computed beforehand, and what can be one operation is one.
///
/// ```swift
/// let plan = InferencePlan(NetworkGraph(forExecuting: model, input: [1, 256, 256, 3]) { model($0) })
/// let logits = plan?(images)
/// ```
/// It holds weights as they were when it was made, so that they are not changed in place; `isCurrent` tells whether
/// they are still the network's. Any number of tasks may use one.
public final class InferencePlan: Sendable {
  /// The input's shape.
  public let inputShape: Shape
  private let steps: [PlannedStep]
  private let slots: Int
  private let result: PlanValues.Operand

  /// - Returns: `nil` if the pass has operations that are known only to those who wrote them.
  public init?(_ graph: NetworkGraph) {
    var builder = PlanBuilder(graph)
    guard let result = builder.addAll() else { return nil }
    inputShape = graph.inputShape
    (steps, self.result) = PlannedStep.releasing(builder.steps, result: result)
    slots = builder.slots
  }

  /// The network's result for `input`, which has the plan's shape; its memory is reused where ownership is passed.
  public func callAsFunction(_ input: consuming Tensor) -> Tensor {
    require(input.shape == inputShape, "InferencePlan: made for inputs \(inputShape); got \(input.shape)")
    var values = PlanValues(input: input, slots: slots)
    for step in steps { values.set(step.target, step.run(&values)) }
    return values.take(result)
  }
}

/// The values of a pass that are still needed.
struct PlanValues {
  /// Where an operation's input comes from.
  enum Operand: Sendable {
    case constant(Tensor)
    /// The value in this slot, which nobody needs after its last use.
    case slot(Int, isLast: Bool = false)
  }

  private var slots: [Tensor?]

  /// The input is in the first slot.
  init(input: consuming Tensor, slots count: Int) {
    slots = Array(repeating: nil, count: count)
    slots[0] = input
  }

  /// An operand's value, in memory of its own if this was its last use.
  mutating func take(_ operand: Operand) -> Tensor {
    switch operand {
    case .constant(let value): value
    case .slot(let index, isLast: true): slots[index].take()!
    case .slot(let index, isLast: false): slots[index]!
    }
  }

  mutating func set(_ slot: Int, _ value: consuming Tensor) { slots[slot] = value }
}

/// One operation of a plan.
struct PlannedStep: Sendable {
  typealias Body = @Sendable (_ operands: [PlanValues.Operand], _ values: inout PlanValues) -> Tensor

  var operands: [PlanValues.Operand]
  /// The slot of its result.
  let target: Int
  let body: Body

  func run(_ values: inout PlanValues) -> Tensor { body(operands, &values) }

  /// The steps and the result's operand, which know what is used for the last time.
  static func releasing(
    _ steps: [PlannedStep], result: PlanValues.Operand
  ) -> (steps: [PlannedStep], result: PlanValues.Operand) {
    var used: Set<Int> = []
    func marked(_ operand: PlanValues.Operand) -> PlanValues.Operand {
      guard case .slot(let index, _) = operand else { return operand }
      return .slot(index, isLast: used.insert(index).inserted)
    }
    let result = marked(result)
    var steps = steps
    // Within a step, operands are taken in order: the last of several uses of a slot is the last one.
    for step in steps.indices.reversed() {
      for operand in steps[step].operands.indices.reversed() {
        steps[step].operands[operand] = marked(steps[step].operands[operand])
      }
    }
    return (steps, result)
  }
}
