import Benchmark
import Tessera

/// Times one batch of drawn scenes, from nothing to the tensor: the wait of a training step without prefetching.
func dataLoaderBenchmarks() {
  Benchmark(
    "Data loader, a batch of 5 synthetic scenes, 128 px",
    closure: { (_, loader: DataLoader) async throws in
      for try await batch in loader.epoch(0) { blackHole(batch) }
    },
    setup: {
      let scenes = SyntheticScenes(count: 5, width: 128, height: 128)
      return DataLoader(scenes, batchSize: 5, imageSize: 128, augmentation: .flip, steps: 1, workers: 1)
    })
}
