import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct AttentionGradientTests {
  @Test(arguments: [1, 2])
  func attentionWithFewerKeys(heads: Int) {
    expectGradients(
      of: { scaledDotProductAttention($0[0], $0[1], $0[2], heads: heads) },
      match: { Oracle.attention($0[0], $0[1], $0[2], heads: heads) },
      at: [.random([2, 5, 4], seed: 1), .random([2, 3, 4], seed: 2), .random([2, 3, 6], seed: 3)])
  }

  @Test func aTensorThatAttendsToItself() {
    expectGradients(
      of: { scaledDotProductAttention($0[0], $0[0], $0[0], heads: 2) },
      match: { Oracle.attention($0[0], $0[0], $0[0], heads: 2) }, at: [.random([1, 4, 4])])
  }

  @Test func anInputWithoutGradientChangesNoOther() throws {
    let tensors = [Tensor.random([1, 4, 4], seed: 1), .random([1, 3, 4], seed: 2), .random([1, 3, 4], seed: 3)]
    func gradients(wanted: Set<Int>) -> [Tensor?] {
      let tape = Tape()
      let inputs = tensors.enumerated().map { wanted.contains($0) ? tape.variable($1) : tape.input($1) }
      let result = scaledDotProductAttention(inputs[0], inputs[1], inputs[2], heads: 1)
      let found = tape.gradients(of: result, seed: .random([1, 4, 4], seed: 9))
      return inputs.map { found[$0] }
    }
    let all = gradients(wanted: [0, 1, 2])
    for wanted in [[0], [1], [2], [0, 2]] {
      let some = gradients(wanted: Set(wanted))
      for place in 0..<3 { #expect(some[place] == (wanted.contains(place) ? all[place] : nil)) }
    }
  }
}
