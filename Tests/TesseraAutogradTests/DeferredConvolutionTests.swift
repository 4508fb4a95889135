import TesseraAutograd
import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

/// A convolution without a tape waits for what follows it, and whatever that is, results are right.
@Suite struct DeferredConvolutionTests {
  static let input = Tensor.random([2, 6, 5, 4], seed: 1)
  static let filter = Tensor.random([3, 3, 4, 4], seed: 2)
  static let bias = Tensor.random([4], seed: 3)
  static let vectors = [
    Tensor.random([4], seed: 4, in: -1..<2), .random([4], seed: 5), .random([4], seed: 6),
    .random([4], seed: 7, in: 0.5..<2),
  ]

  private var convolution: Variable {
    conv2D(Variable(Self.input), filter: Variable(Self.filter), bias: Variable(Self.bias))
  }

  private func norm(_ x: consuming Variable) -> Variable {
    let vectors = Self.vectors.map { Variable($0) }
    return batchNormalization(
      x, scale: vectors[0], offset: vectors[1], mean: vectors[2], variance: vectors[3], epsilon: 1e-3)
  }

  /// The value on a tape, where each operation runs by itself.
  private func apart(_ body: (Variable) -> Variable) -> Tensor {
    let tape = Tape(mode: .inference)
    return body(conv2D(tape.input(Self.input), filter: Variable(Self.filter), bias: Variable(Self.bias))).value
  }

  @Test func whatFollowsIsRightHoweverItFollows() {
    let uses: [(String, (Variable) -> Variable)] = [
      ("norm", { norm($0) }), ("norm, activation", { relu(norm($0)) }), ("activation", { activate($0, .gelu) }),
      ("activation, norm", { norm(relu($0)) }), ("two norms", { relu(norm(norm($0))) }),
      ("residual addition", { relu(norm($0) + $0) }), ("addition first", { relu(norm($0 + Variable(Self.input))) }),
      ("second user after", { y in concatenate([norm(y), y]) }),
      (
        "second user before",
        { y in
          let sum = y + y
          return sum * norm(y) + relu(y)
        }
      ),
      ("two norms of one", { y in norm(y) - relu(norm(y)) }), ("reshaped", { norm($0.reshaped(to: [2, 30, 4])) }),
      ("a convolution", { conv2D($0, filter: Variable(Self.filter)) }),
      ("transposed", { norm(transposedConv2D(norm($0), filter: Variable(Self.filter), stride: 2)) }),
    ]
    for (name, use) in uses {
      expectClose(use(convolution).value, apart(use), tolerance: 1e-5, name)
    }
  }

  @Test func aValueThatIsKnownIsNotComputedAgain() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      let y = convolution
      let before = pool.statistics.requests
      let value = y.value
      let once = pool.statistics.requests - before
      #expect(once > 0 && y.value == value && pool.statistics.requests - before == once)
      expectClose(norm(y).value, apart { norm($0) })
    }
  }

  @Test func itRunsInTheContextInWhichItWasAskedFor() {
    let (inner, outer) = (BufferPool(), BufferPool())
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: outer)) {
      let y = ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: inner)) { convolution }
      let (before, requests) = (inner.statistics.requests, outer.statistics.requests)
      #expect(y.shape == [2, 6, 5, 4] && inner.statistics.requests == before)
      let value = y.value
      #expect(inner.statistics.requests > before && outer.statistics.requests == requests)
      #expect(value.shape == y.shape)
    }
  }

  @Test func laterChangesOfAFilterAreNotSeen() {
    let filter = Parameter(Self.filter)
    let x = Variable(Self.input)
    let y = conv2D(x, filter: filter.joining(x))
    let expected = conv2D(x, filter: Variable(Self.filter)).value
    filter.value *= 2
    #expect(y.value == expected)
  }

  @Test func mistakesStopWhereTheyAreMade() async throws {
    let channels = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = conv2D(Variable(.zeros([1, 8, 8, 3])), filter: Variable(.zeros([3, 3, 4, 16])))
    }
    #expect(
      String(decoding: try #require(channels).standardErrorContent, as: UTF8.self).contains(
        "conv2D: the input has 3 channels, but the filter [3, 3, 4, 16] expects 4; input [1, 8, 8, 3]"))
    let bias = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = transposedConv2D(
        Variable(.zeros([1, 8, 8, 3])), filter: Variable(.zeros([3, 3, 2, 3])), bias: Variable(.zeros([3])))
    }
    #expect(
      String(decoding: try #require(bias).standardErrorContent, as: UTF8.self).contains(
        "transposedConv2D: expects a bias [2]; got [3]"))
  }
}
