import TesseraKernels
import TesseraTensors
import TestSupport
import Testing

@Suite struct AttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var batch = 1
    let queries: Int
    let keys: Int
    var channels = 8
    var valueChannels: Int?
    var heads = 1
    /// Scores of ordinary numbers, or such that one key takes nearly all.
    var range: Range<Float> = -1..<1

    var testDescription: String { "\(batch) x \(queries) x \(keys), \(heads) heads of \(channels), \(range)" }

    var inputs: (query: Tensor, key: Tensor, value: Tensor) {
      (
        .random([batch, queries, channels], seed: 1, in: range), .random([batch, keys, channels], seed: 2, in: range),
        .random([batch, keys, valueChannels ?? channels], seed: 3)
      )
    }
  }

  static let cases = [
    Case(batch: 2, queries: 7, keys: 5, heads: 2), Case(queries: 1, keys: 1), Case(queries: 3, keys: 1, heads: 8),
    Case(queries: 5, keys: 9, channels: 6, valueChannels: 4, heads: 2), Case(queries: 20, keys: 30, range: -9..<9),
    // Several blocks of queries, and groups of blocks that add to the same keys.
    Case(batch: 2, queries: 300, keys: 12, heads: 2), Case(queries: 40, keys: 2100, channels: 2),
  ]

  private func forward(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int) -> Tensor {
    Attention(query: q.shape, key: k.shape, value: v.shape, heads: heads)(query: q, key: k, value: v)
  }

  @Test(arguments: cases)
  func theResultEqualsPlainLoops(_ example: Case) {
    let (q, k, v) = example.inputs
    let expected = Oracle.attention(DoubleArray(q), DoubleArray(k), DoubleArray(v), heads: example.heads)
    expectClose(forward(q, k, v, heads: example.heads), expected, tolerance: 5e-6)
  }

  /// Along a random direction, against the same direction's difference of the oracle.
  @Test(arguments: cases)
  func gradientsEqualDirectionalDerivatives(_ example: Case) {
    let (q, k, v) = example.inputs
    let attention = Attention(query: q.shape, key: k.shape, value: v.shape, heads: example.heads)
    let seed = Tensor.random([example.batch, example.queries, v.shape[2]], seed: 9)
    let found = attention.gradients(seed, query: q, key: k, value: v)
    let (inputs, gradients) = ([q, k, v], [found.query, found.key, found.value])
    for number in 0..<3 {
      let direction = DoubleArray(Tensor.random(inputs[number].shape, seed: 20))
      func value(at step: Double) -> Double {
        var moved = inputs.map(DoubleArray.init)
        moved[number] = moved[number].combined(with: direction) { $0 + step * $1 }
        return Oracle.attention(moved[0], moved[1], moved[2], heads: example.heads).dot(DoubleArray(seed))
      }
      let step = 1e-4
      let expected = (value(at: step) - value(at: -step)) / (2 * step)
      let gradient = DoubleArray(gradients[number])
      let scale = (gradient.dot(gradient) * direction.dot(direction)).squareRoot()
      #expect(abs(gradient.dot(direction) - expected) <= 1e-5 * max(scale, 1), "input \(number)")
    }
  }

  @Test func noQueriesGiveNothing() {
    let (q, k) = (Tensor.zeros([2, 0, 4]), Tensor.random([2, 3, 4]))
    let attention = Attention(query: q.shape, key: k.shape, value: k.shape, heads: 2)
    #expect(attention(query: q, key: k, value: k).shape == [2, 0, 4])
    let gradients = attention.gradients(q, query: q, key: k, value: k)
    #expect(gradients.key == .zeros(k.shape) && gradients.value == .zeros(k.shape) && gradients.query == q)
  }

  @Test func shapesThatDoNotFitStopWithAllThree() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Attention(query: [1, 4, 6], key: [1, 5, 4], value: [1, 5, 6], heads: 2)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("[batch, keys, value channels]; got [1, 4, 6], [1, 5, 4] and [1, 5, 6]"))
  }

  @Test func headsThatDoNotDivideTheChannelsStop() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Attention(query: [1, 4, 6], key: [1, 5, 6], value: [1, 5, 6], heads: 4)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("scaledDotProductAttention: 6 and 6 channels do not split into 4 heads"))
  }

  @Test func bitsDoNotDependOnTheNumberOfThreads() {
    let (q, k, v) = Case(batch: 2, queries: 700, keys: 70, channels: 48, heads: 3).inputs
    let attention = Attention(query: q.shape, key: k.shape, value: v.shape, heads: 3)
    expectSameBits {
      let output = attention(query: q, key: k, value: v)
      let gradients = attention.gradients(output, query: q, key: k, value: v)
      return [output, gradients.query, gradients.key, gradients.value]
    }
  }

  /// The scores of 1024 by 1024 positions in four heads would be 16 MB.
  @Test func allScoresAreNeverInMemory() {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 2, pool: pool)) {
      let positions = Tensor.random([1, 1024, 16])
      let attention = Attention(query: positions.shape, key: positions.shape, value: positions.shape, heads: 4)
      let before = pool.statistics.peak
      let output = attention(query: positions, key: positions, value: positions)
      _ = attention.gradients(output, query: positions, key: positions, value: positions)
      #expect(pool.statistics.peak - before < 4 << 20)
    }
  }
}
