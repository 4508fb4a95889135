import Benchmark

// The kernels that determine how long a training step and inference take, at the two networks' sizes, and the networks.
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
