import Benchmark
import RecordedNetworks
import Tessera

/// Times everything else that networks spend time on in a training step, forward and backward: every distinct
/// normalization, activation, attention, matrix product, resizing and pooling.
func operationBenchmarks() {
  var seen: Set<String> = []
  for operation in RecordedNetwork.all.flatMap(\.training.operations) where seen.insert(operation.name).inserted {
    let multiplyAdds = operation.multiplyAdds
    Benchmark.kernel("\(operation.name), forward", multiplyAdds: multiplyAdds == 0 ? nil : multiplyAdds) {
      operation.inputs.map(Tensor.random)
    } call: { inputs in
      let tape = Tape()
      return operation(inputs.map { tape.variable($0) }).value
    }
    Benchmark.kernel("\(operation.name), backward", multiplyAdds: multiplyAdds == 0 ? nil : 2 * multiplyAdds) {
      (operation, operation.inputs.map(Tensor.random))
    } preparing: { operation, inputs in
      differentiable(operation, of: inputs)
    } call: { tape, result in
      tape.gradients(of: result)
    }
  }
}

/// An operation whose result's gradient nobody else holds, as in a network: it may be changed in place.
private func differentiable(_ operation: RecordedOperation, of inputs: [Tensor]) -> (Tape, Variable) {
  let tape = Tape()
  let result = operation(inputs.map { tape.variable($0) })
  _ = result.value
  var gradient: Tensor? = .random(operation.shape)
  return (tape, .operation("loss", on: [result], value: .zeros([1])) { _ in [gradient.take()] })
}
