import Benchmark

// The kernels that decide how long a training step takes, at the sizes of the two networks with batch 5 and 128 pixels.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput, .peakMemoryResident], warmupIterations: 2, maxDuration: .seconds(2),
    maxIterations: 1000)
  convolutionBenchmarks()
  transposedConvolutionBenchmarks()
  pixelBenchmarks()
  optimizerBenchmarks()
  dataLoaderBenchmarks()
}
