import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct TapeTests {
  @Test func aVariableUsedSeveralTimesCollectsAllItsGradients() throws {
    let tape = Tape()
    let x = tape.variable(Tensor([3]))
    let y = x * x
    let gradients = tape.gradients(of: (y * x + y + x + x).sum())
    #expect(try #require(gradients[x]).scalars == [3 * 9 + 2 * 3 + 2])
  }

  @Test func collectingLeavesOtherGradientsAlone() throws {
    // `add` hands one tensor to both inputs; what is added to one of them must not reach the other.
    let tape = Tape()
    let (x, y) = (tape.variable(Tensor([1, 2])), tape.variable(Tensor([5, 7])))
    let gradients = tape.gradients(of: (x + y + x * 10).sum())
    #expect(try #require(gradients[x]).scalars == [11, 11])
    #expect(try #require(gradients[y]).scalars == [1, 1])
  }

  @Test func whatTheLossDoesNotDependOnHasNoGradient() {
    let tape = Tape()
    let (x, y) = (tape.variable(Tensor([1])), tape.variable(Tensor([2])))
    let (used, unused) = (Parameter(Tensor([3])), Parameter(Tensor([4])))
    let loss = (x * tape.variable(for: used)).sum()
    _ = y * tape.variable(for: unused)
    let gradients = tape.gradients(of: loss)
    #expect(gradients[x]?.scalars == [3] && gradients[used]?.scalars == [1])
    #expect(gradients[y] == nil && gradients[unused] == nil)
  }

  @Test func aSharedParameterHasOneVariableAndOneGradient() {
    let tape = Tape()
    let parameter = Parameter(Tensor([2]))
    let x = tape.input(Tensor([5]))
    let loss = (x * parameter.joining(x) + parameter.joining(x) * parameter.joining(x)).sum()
    #expect(tape.gradients(of: loss)[parameter]?.scalars == [5 + 4])
  }

  @Test func frozenParametersAndStatisticsGetNoGradient() {
    let tape = Tape()
    let (frozen, statistic) = (Parameter(Tensor([2])), Parameter(Tensor([3]), kind: .statistic))
    frozen.isTrainable = false
    let trained = Parameter(Tensor([4]))
    let x = tape.input(Tensor([5]))
    let product = x * frozen.joining(x) * statistic.joining(x)
    #expect(!product.needsGradient)
    let gradients = tape.gradients(of: (product * trained.joining(x)).sum())
    #expect(gradients[frozen] == nil && gradients[statistic] == nil)
    #expect(gradients[trained]?.scalars == [30])
  }

  @Test func aSeedWeighsTheElementsOfTheOutput() {
    let tape = Tape()
    let x = tape.variable(Tensor([1, 2]))
    #expect(tape.gradients(of: x * x, seed: Tensor([10, 100]))[x]?.scalars == [20, 400])
  }

  @Test func anOperationOfOnesOwnUsesItsPullback() {
    func cube(_ x: Variable) -> Variable {
      .operation("cube", on: [x], value: x.value * x.value * x.value, multiplyAdds: 4) { [x = x.value] gradient in
        [x * x * gradient * 3]
      }
    }
    expectGradients(of: { cube($0[0]) }, match: { $0[0].map { $0 * $0 * $0 } }, at: [.random([5])])
    let tape = Tape()
    let parameter = Parameter(Tensor([2]))
    _ = cube(tape.variable(for: parameter))
    let operation = tape.operations.first
    #expect(tape.operations.count == 1 && operation?.name == "cube" && operation?.multiplyAdds == 4)
    #expect(operation?.parameters.first === parameter)
  }

  @Test func withoutATapeThereAreValuesAlone() {
    let parameter = Parameter(Tensor([2]))
    let x = Variable(Tensor([3]))
    let result = relu(x * parameter.joining(x))
    #expect(result.value.scalars == [6])
    #expect(result.tape == nil && !result.needsGradient && !result.isTraining)
  }

  @Test func dropoutActsInTrainingPassesOnlyAndRepeats() {
    let ones = Tensor(repeating: 1, shape: [1000])
    func pass(_ mode: Tape.Mode, seed: UInt64) -> (first: Tensor, second: Tensor, gradient: Tensor?) {
      let tape = Tape(mode: mode, random: RandomStream(seed: seed))
      let x = tape.variable(ones)
      let (first, second) = (dropout(x, rate: 0.4), dropout(x, rate: 0.4))
      return (first.value, second.value, tape.gradients(of: first.sum())[x])
    }
    let training = pass(.training, seed: 1)
    #expect(training.first != ones && training.first != training.second)
    #expect(training.gradient == training.first, "the gradient takes the same mask")
    #expect(pass(.training, seed: 1) == training)
    #expect(pass(.training, seed: 2).first != training.first)
    #expect(pass(.inference, seed: 1) == (ones, ones, ones))
    #expect(dropout(Variable(ones), rate: 0.4).value == ones)
  }

  @Test func aGradientThatOperationsShareIsChangedByNone() {
    let tape = Tape(random: RandomStream(seed: 3))
    let x = tape.variable(Tensor([-1, 2, -3, 4]))
    // Each of the three gets the sum's gradient itself, and each would change its gradient in place.
    let dropped = dropout(x, rate: 0.5)
    let loss = (relu(x) + dropped + activate(x, .leakyReLU(slope: 0.5))).sum()
    let kept = zip(dropped.value.scalars, x.value.scalars).map { $0 / $1 }
    let expected = zip([0.5, 2, 0.5, 2], kept).map { Float($0) + $1 }
    #expect(tape.gradients(of: loss)[x]?.scalars == expected)
  }

  @Test func aTapeIsWalkedBackOnce() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let loss = tape.variable(Tensor([1])).sum()
      _ = tape.gradients(of: loss)
      _ = tape.gradients(of: loss)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("gradients: this tape was already walked back; make a new one for each step"))
  }

  @Test func nothingIsRecordedOnASpentTape() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(Tensor([1]))
      _ = tape.gradients(of: x.sum())
      _ = x * x
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("Tape: gradients were already taken from this tape; make a new one for each step"))
  }

  @Test func aLossIsOneNumber() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      _ = tape.gradients(of: tape.variable(Tensor([1, 2])))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("gradients: the loss must be one number; its shape is [2]"))
  }

  @Test func twoTapesDoNotMix() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tape().variable(Tensor([1])) + Tape().variable(Tensor([1]))
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("add: the inputs lie on different tapes"))
  }

  @Test func aPullbackOfTheWrongShapeStopsWithItsOperation() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let tape = Tape()
      let x = tape.variable(Tensor([1, 2]))
      let wrong = Variable.operation("wrong", on: [x], value: Tensor(1)) { [$0] }
      _ = tape.gradients(of: wrong)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("wrong: the pullback gave [] for an input of shape [2]"))
  }
}
