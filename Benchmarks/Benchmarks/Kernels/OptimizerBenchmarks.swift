import Benchmark
import RecordedNetworks
import Tessera

/// Times Adam over ten million weights: a third of a network.
func optimizerBenchmarks() {
  Benchmark.kernel("Adam, 10 M weights") {
    AdamState(count: 10_000_000)
  } call: { state in
    state.update()
  }
}

/// A class, so each call continues where the last one ended and writes in place.
private final class AdamState {
  private var weight: Tensor
  private var first: Tensor
  private var second: Tensor
  private let gradient: Tensor

  init(count: Int) {
    weight = .random([count])
    first = .zeros([count])
    second = .zeros([count])
    gradient = .random([count])
  }

  func update() {
    updateAdam(
      &weight, first: &first, second: &second, along: gradient, rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7,
      correction: 1, shrink: 1)
  }
}
