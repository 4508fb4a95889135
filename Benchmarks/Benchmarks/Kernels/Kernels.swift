import Benchmark

// The kernels that determine how long a training step and inference take, at the networks' sizes, and the networks.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], warmupIterations: 2, maxDuration: .seconds(1), maxIterations: 1000)
  convolutionBenchmarks()
  operationBenchmarks()
  networkBenchmarks()
  pixelBenchmarks()
  optimizerBenchmarks()
  dataLoaderBenchmarks()
}
