import TesseraAutograd
import TesseraOptimizers
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct StepMemoryTests {
  /// On one thread: several take their buffers in an order of their own each time.
  private static func inPoolOfItsOwn(_ body: (BufferPool) -> Void) {
    let pool = BufferPool()
    ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) { body(pool) }
  }

  static let optimizers: [@Sendable (any SegmentationModel) -> any Optimizer] = [
    { Adam(for: $0) }, { SGD(for: $0, momentum: 0.9) }, { RMSprop(for: $0) },
  ]

  @Test(arguments: optimizers.indices) func aWarmedUpStepNeedsNoMemoryFromTheSystem(optimizer: Int) {
    Self.inPoolOfItsOwn { pool in
      let networks: [any SegmentationModel] = [
        UNet(.init(classes: 12, width: 8, dropout: 0.3), random: RandomStream(seed: 1)),
        FCNN(.init(classes: 12, width: 4), random: RandomStream(seed: 2)),
      ]
      for network in networks {
        let optimizer = Self.optimizers[optimizer](network)
        let images = Tensor(shape: [2, 32, 32, 3]) { for index in $0.indices { $0[index] = Float(index % 17) } }
        let labels = (0..<2 * 32 * 32).map { Int32($0 % 12) }
        var counts: [BufferPool.Statistics] = []
        for step in 0..<5 {
          let tape = Tape(random: RandomStream(seed: UInt64(step)))
          let loss = softmaxCrossEntropy(network(tape.input(images)), labels: labels)
          optimizer.update(along: tape.gradients(of: loss.mean), rate: 0.001)
          counts.append(pool.statistics)
        }
        let requests = zip(counts.dropFirst(), counts).map { $0.requests - $1.requests }
        #expect(requests[1] > 100 && requests.allSatisfy { $0 == requests[0] }, "every step asks for the same")
        for later in counts[2...] {
          #expect(later.misses == counts[1].misses)
          #expect(later.peak == counts[1].peak && later.live == counts[1].live && later.idle == counts[1].idle)
        }
      }
    }
  }
}
