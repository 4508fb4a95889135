import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct GradientSumTests {
  let first = Parameter(Tensor([1, 2]))
  let second = Parameter(Tensor([3]))

  func gradients(first: Tensor?, second: Tensor? = nil) -> Gradients {
    let tape = Tape()
    var gradients = tape.gradients(of: tape.variable(Tensor(0)))
    gradients[self.first] = first
    gradients[self.second] = second
    return gradients
  }

  @Test func meanIsDividedOnceByAllWeights() {
    var sum = GradientSum()
    sum.add(gradients(first: Tensor([1, 2])), weight: 2)
    sum.add(gradients(first: Tensor([4, 8]), second: Tensor([6])), weight: 1)
    sum.add(gradients(first: nil, second: Tensor([2])), weight: 1)
    #expect(sum.weight == 4)
    // A parameter that a batch does not reach has the gradient 0 there.
    #expect(sum.mean[first] == Tensor([1.5, 3]))
    #expect(sum.mean[second] == Tensor([2]))
  }

  @Test func oneBatchIsItsGradientsBitForBit() {
    let gradient = Tensor.random([2], seed: 6)
    var sum = GradientSum()
    sum.add(gradients(first: .random([2])), weight: 0)
    sum.add(gradients(first: gradient), weight: 81_919)
    sum.add(gradients(first: Tensor([.nan, .infinity])), weight: 0)
    #expect(sum.mean[first] == gradient)
    #expect(sum.mean[second] == nil)
  }

  @Test func theGradientsThatAreAddedStayAsTheyAre() {
    let (a, b) = (Tensor([1, 2]), Tensor([3, 4]))
    let (one, other) = (gradients(first: a), gradients(first: b))
    var sum = GradientSum()
    sum.add(one, weight: 1)
    let mean = sum.mean
    sum.add(other, weight: 1)
    #expect(one[first] == Tensor([1, 2]) && other[first] == Tensor([3, 4]) && mean[first] == Tensor([1, 2]))
    #expect(sum.mean[first] == Tensor([2, 3]))
  }

  @Test func nothingHasNoMean() {
    var sum = GradientSum()
    #expect(sum.weight == 0 && sum.mean[first] == nil)
    sum.add(gradients(first: Tensor([1, 2])), weight: 0)
    #expect(sum.weight == 0 && sum.mean[first] == nil)
  }

  @Test func gradientsOfVariablesBelongToTheirTapes() {
    let tape = Tape()
    let x = tape.variable(Tensor([2]))
    var sum = GradientSum()
    sum.add(tape.gradients(of: (x * second.joining(x)).sum()), weight: 1)
    #expect(sum.mean[second] == Tensor([2]))
    #expect(sum.mean[x] == nil)
  }

  @Test func givesTheSameBitsForEveryThreadCount() {
    expectSameBits {
      var sum = GradientSum()
      for seed in 1...3 { sum.add(gradients(first: .random([150_001], seed: UInt64(seed))), weight: Double(seed) / 7) }
      return [sum.mean[first]].compactMap(\.self)
    }
  }

  @Test func aWeightThatIsNoWeightStops() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var sum = GradientSum()
      sum.add(GradientSum().mean, weight: -1)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) }
    #expect(
      message?.contains("GradientSum.add(_:weight:): the weight must be finite and not negative; got -1.0") == true)
  }
}
