import Benchmark
import RecordedNetworks
import Tessera

/// Times whole networks: a training step of five pictures and inference of one.
func networkBenchmarks() {
  for network in RecordedNetwork.all {
    let title = "Network: \(network.name), \(network.size) px"
    Benchmark.kernel(
      "\(title), batch \(network.training.batch), training step", multiplyAdds: network.training.multiplyAdds
    ) {
      Training(of: network)
    } call: {
      $0.step()
    }
    Benchmark.kernel(
      "\(title), batch \(network.inference.batch), inference", multiplyAdds: network.inference.multiplyAdds
    ) {
      (PlannedInference(of: network.make()), Tensor.random([1, network.size, network.size, 3]))
    } call: { inference, images in
      // As a `Predictor` does.
      inference.logits(of: images)
    }
  }
}

/// A network that learns random labels of random pictures.
private struct Training {
  private let model: any SegmentationModel
  private let optimizer: Adam
  private let images: Tensor
  private let labels: [Int32]

  init(of network: RecordedNetwork) {
    model = network.make()
    optimizer = Adam(for: model)
    let shape: Shape = [network.training.batch, network.size, network.size]
    images = .random(Shape(shape.dimensions + [3]))
    var stream = RandomStream(seed: 1)
    labels = (0..<shape.elementCount).map { _ in Int32(stream.index(below: network.classes)) }
  }

  func step() {
    let tape = Tape()
    let losses = model.trainingLogits(of: tape.input(images)).map { output in
      softmaxCrossEntropy(output.logits, labels: labels).mean * output.weight
    }
    optimizer.update(along: tape.gradients(of: losses.dropFirst().reduce(losses[0], +)), rate: 0.001)
  }
}
