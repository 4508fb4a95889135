import Foundation
import Tessera
import TesseraTraining

/// Options with which a training takes less.
struct TrainingRemedy {
  /// What is given instead: `--batch-size 2 --accumulate 3`.
  let words: String
  /// At the peak.
  let bytes: Int
  /// About the time of a step, as a share of that without it: by the multiply-adds of a picture, or the passes that are
  /// added.
  let work: Double
}

extension TrainingSession {
  /// What could be chosen otherwise, each by itself.
  ///
  /// - Parameters:
  ///   - network: that is trained.
  ///   - need: what it takes.
  ///   - limit: the bytes that there are: of each kind of change the smallest one that fits, or else the one that helps
  ///     most.
  /// - Returns: those that take less memory where that is missing, else those that take less time.
  func remedies(
    for network: any NetworkConfiguration, taking need: MemoryNeed, limit: Int
  ) async throws -> [TrainingRemedy] {
    let work = Self.multiplyAdds(of: network, options.imageSize)
    // As before the run was measured, like what these are compared with.
    let process = need.process
    func tried(
      _ words: String, _ other: (any NetworkConfiguration)? = nil, _ change: (inout TrainingOptions) -> Void = { _ in }
    ) async throws -> TrainingRemedy {
      let changed = try with(change)
      let other = other ?? network
      let need = changed.memoryNeed(after: try await changed.rehearsal(of: other), process: process)
      return TrainingRemedy(
        words: words, bytes: need.bytes,
        work: Double(Self.multiplyAdds(of: other, changed.options.imageSize)) / Double(max(1, work)))
    }
    var remedies = try await memoryRemedy(for: network, limit: limit, process)
    func keep(_ candidates: [TrainingRemedy]) {
      let best = candidates.first { $0.bytes <= limit } ?? candidates.min { $0.bytes < $1.bytes }
      if let best { remedies.append(best) }
    }
    // From the smallest change on.
    var batches: [TrainingRemedy] = []
    var size = options.batchSize / 2
    while size >= 1 {
      let count = (options.batchSize * options.accumulate + size - 1) / size
      let remedy = try await tried("--batch-size \(size) --accumulate \(count)") {
        ($0.batchSize, $0.accumulate) = (size, count)
      }
      batches.append(remedy)
      if remedy.bytes <= limit { break }
      size /= 2
    }
    keep(batches)
    var sizes: [TrainingRemedy] = []
    for share in [0.75, 0.5, 0.25] {
      func side(_ length: Int) -> Int { Int(share * Double(length)) / network.sizeMultiple * network.sizeMultiple }
      let (width, height) = (side(options.imageSize.width), side(options.imageSize.height))
      guard min(width, height) > network.sizeMultiple else { continue }
      let image = ImageSize(width: width, height: height)
      sizes.append(try await tried("--image-size \(image.text)") { $0.imageSize = image })
    }
    keep(sizes)
    var networks: [TrainingRemedy] = []
    for (words, other) in others(than: network) { networks.append(try await tried(words, other)) }
    keep(networks)
    // Batches that are accumulated take a sum of gradients, which may be more than they save.
    return remedies.filter { need.bytes > limit ? $0.bytes < need.bytes : $0.work < 0.95 }
      .sorted { $0.bytes < $1.bytes }
  }

  /// What `--max-memory` does with what there is; none if it can do nothing.
  private func memoryRemedy(
    for network: any NetworkConfiguration, limit: Int, _ process: Int
  ) async throws -> [TrainingRemedy] {
    let model = ComputeContext.$current.withValue(ComputeContext.current.describing) { network.makeModel() }
    func remedy(_ words: String, _ bytes: Int, _ saving: MemorySaving) -> [TrainingRemedy] {
      if saving == self.saving { return [] }
      let passes = saving.passes(batchSize: options.batchSize) - self.saving.passes(batchSize: options.batchSize)
      return [TrainingRemedy(words: words, bytes: bytes, work: 1 + MemorySaving.passShare * Double(passes))]
    }
    let limit = MemorySize(bytes: limit)
    do {
      let choice = try await choice(within: limit, for: model, process: process)
      return remedy("--max-memory \(limit)", choice.peak, choice.saving)
    } catch let error as MemoryLimitError {
      return remedy("--max-memory \(MemorySize(bytes: error.least))", error.least, error.saving)
    }
  }

  /// Networks that are like this one and smaller, from the largest on: half of its width, or another encoder.
  private func others(than network: any NetworkConfiguration) -> [(String, any NetworkConfiguration)] {
    let halves = network.name.split(separator: "-", maxSplits: 1)
    let own = Self.multiplyAdds(of: network, options.imageSize)
    if let width = network.optionValues["width"].flatMap({ Int("\($0)") }) {
      return [2, 4].compactMap { share in
        let words = ["width": ["\(width / share)"]]
        return (try? network.changed(by: words)).map { ("--width \(width / share)", $0) }
      }
    }
    guard halves.count == 2 else { return [] }
    let relatives = NetworkCatalog.current.networks.filter {
      $0.name.hasPrefix(halves[0] + "-") && $0.name != network.name
    }
    return relatives.map { type -> (String, any NetworkConfiguration) in
      ("tessera train \(type.name)", Self.made(type, like: network))
    }.map { ($0, Self.multiplyAdds(of: $0.1, options.imageSize)) }
      .filter { $0.1 < own * 3 / 4 }.sorted { $0.1 > $1.1 }.map(\.0)
  }

  private static func made<Configuration: NetworkConfiguration>(
    _ type: Configuration.Type, like network: any NetworkConfiguration
  ) -> any NetworkConfiguration {
    var configuration = Configuration(classes: network.classes)
    if configuration.normalization.channels != network.normalization.channels {
      configuration.normalization = network.normalization
    }
    return configuration
  }

  /// Of one picture's forward pass.
  private static func multiplyAdds(of network: any NetworkConfiguration, _ size: ImageSize) -> Int {
    graph(of: network, size).nodes.reduce(0) { $0 + $1.multiplyAdds }
  }

  /// What such a network computes for predictions.
  static func graph(of network: any NetworkConfiguration, _ size: ImageSize) -> NetworkGraph {
    // Weights of networks that are only described need no memory.
    let model = ComputeContext.$current.withValue(ComputeContext.current.describing) { network.makeModel() }
    return model.graph(height: size.height, width: size.width)
  }
}
