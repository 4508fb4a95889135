import Benchmark
import Tessera

/// Times whole networks: the parts of a training step with batch 5 and 128 px, the step, and inference of one picture.
func networkBenchmarks() {
  for network in RecordedNetwork.all {
    let forward = network.multiplyAdds(batch: 5, size: 128)
    // The first layer has no input gradient.
    let first = network.convolutions(batch: 5, size: 128)[0].multiplyAdds
    let step = "\(network.name), batch 5, 128 px"
    Benchmark.kernel("\(step), forward", multiplyAdds: forward) {
      Training(of: network.make())
    } call: {
      $0.forward()
    }
    Benchmark.kernel("\(step), backward", multiplyAdds: 2 * forward - first) {
      Training(of: network.make())
    } preparing: {
      $0.forward()
    } call: { tape, loss in
      tape.gradients(of: loss)
    }
    Benchmark.kernel("\(step), training step", multiplyAdds: 3 * forward - first) {
      Training(of: network.make())
    } call: {
      $0.step()
    }
    Benchmark.kernel(
      "\(network.name), batch 1, 128 px, inference", multiplyAdds: network.multiplyAdds(batch: 1, size: 128)
    ) {
      (network.make(), Tensor.random([1, 128, 128, 3]))
    } call: { model, images in
      model(Variable(images)).value
    }
  }
}

/// A network that learns random labels of random pictures.
private struct Training {
  private let model: any SegmentationModel
  private let optimizer: Adam
  private let images = Tensor.random([5, 128, 128, 3])
  private let labels: [Int32]

  init(of model: any SegmentationModel) {
    self.model = model
    optimizer = Adam(for: model)
    var stream = RandomStream(seed: 1)
    labels = (0..<5 * 128 * 128).map { _ in Int32(stream.index(below: 151)) }
  }

  /// Runs the forward pass up to the loss.
  func forward() -> (Tape, Variable) {
    let tape = Tape()
    return (tape, softmaxCrossEntropy(model(tape.input(images)), labels: labels).mean)
  }

  func step() {
    let (tape, loss) = forward()
    optimizer.update(along: tape.gradients(of: loss), rate: 0.001)
  }
}
