import Benchmark

// The kernels that decide how long a training step and inference take, at the sizes of the two networks, and the networks.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], warmupIterations: 2, maxDuration: .seconds(2), maxIterations: 1000)
  convolutionBenchmarks()
  algorithmBenchmarks()
  networkBenchmarks()
  pixelBenchmarks()
  optimizerBenchmarks()
  dataLoaderBenchmarks()
}
