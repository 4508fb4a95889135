import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import Testing

@Suite struct NetworkGraphTests {
  /// A layer that is used twice, a skip, and something without parameters.
  private struct Network: Module {
    let shared: Conv2D
    let norm: BatchNorm
    let last: TransposedConv2D

    init() {
      var random = RandomStream(seed: 1)
      shared = Conv2D(from: 2, to: 2, kernel: 3, activation: .relu, random: &random)
      norm = BatchNorm(2)
      last = TransposedConv2D(from: 4, to: 3, kernel: 4, stride: 2, bias: false, random: &random)
    }

    func callAsFunction(_ input: Variable) -> Variable {
      let first = shared(input)
      let second = dropout(norm(shared(first)), rate: 0.5)
      return last(maxPool(concatenate([first, second], dropoutRate: 0.5), window: 2))
    }
  }

  private let network = Network()
  private var graph: NetworkGraph {
    NetworkGraph(of: network, input: [1, 4, 6, 2]) { network($0) }
  }

  @Test func nodesComeInTheirOrderWithNamesThatOccurOnce() {
    #expect(
      graph.nodes.map(\.name) == [
        "shared", "shared_2", "norm", "concatenate", "maxPool", "last",
      ])
    #expect(
      graph.nodes.map(\.kind.name) == [
        "conv2D", "conv2D", "batchNormalization", "concatenate", "maxPool", "transposedConv2D",
      ])
  }

  @Test func attributesSayHowToRepeatTheOperation() {
    let nodes = graph.nodes
    guard case .convolution(let window, .same, groups: 1, activation: .relu) = nodes[0].kind else {
      Issue.record("\(nodes[0].kind)")
      return
    }
    #expect(window.window == 3 && window.stride == 1 && window.top == 1 && window.left == 1)
    guard case .transposedConvolution(let window, .same, groups: 1, activation: .identity) = nodes[5].kind else {
      Issue.record("\(nodes[5].kind)")
      return
    }
    #expect(window.window == 4 && window.stride == 2 && window.top == 1)
    #expect(nodes[2].kind == .batchNormalization(epsilon: 1e-3))
    #expect(nodes[3].kind == .concatenate(axis: 3, isDropping: false))
  }

  @Test func inputsLeadBackToTheirSource() {
    let nodes = graph.nodes
    func text(_ source: NetworkGraph.Source) -> String {
      switch source {
      case .input: "input"
      case .node(let index): nodes[index].name
      case .parameter(let name, let value): "\(name) \(value.shape)"
      case .constant(let value): "constant \(value.scalars)"
      }
    }
    #expect(nodes[0].inputs.map(text) == ["input", "shared.filter [3, 3, 2, 2]", "shared.bias [2]"])
    #expect(
      nodes[2].inputs.map(text) == [
        "shared_2", "norm.scale [2]", "norm.offset [2]", "norm.runningMean [2]", "norm.runningVariance [2]",
      ])
    #expect(nodes[3].inputs.map(text) == ["shared", "norm"])
    #expect(nodes[5].inputs.map(text) == ["maxPool", "last.filter [4, 4, 3, 4]"])
  }

  @Test func sharedParametersCountOnce() {
    #expect(graph.nodes.map(\.parameterCount) == [38, 0, 4, 0, 0, 192])
    #expect(graph.nodes.map(\.multiplyAdds) == [864, 864, 0, 0, 0, 1152])
    #expect(graph.nodes.last?.shape == [1, 4, 6, 3] && graph.inputShape == [1, 4, 6, 2])
  }

  @Test func describingTakesNoMemoryForValues() {
    let pool = BufferPool()
    let graph = ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      NetworkGraph(of: network, input: [1, 1 << 16, 1 << 16, 2]) { network($0) }
    }
    #expect(graph.nodes.last?.shape == [1, 1 << 16, 1 << 16, 3])
    #expect(pool.statistics.peak < 10_000)
  }

  /// What is computed of parameters and constants alone is real.
  @Test func constantsAreNumbers() {
    let graph = NetworkGraph(of: network, input: [1, 4, 4, 2]) { input in
      input * Variable(Tensor([1, 2]).squareRoot())
    }
    guard case .constant(let factors) = graph.nodes[0].inputs[1] else {
      Issue.record("\(graph.nodes[0].inputs)")
      return
    }
    #expect(factors == Tensor([1, Float(2).squareRoot()]))
  }

  @Test func operationsOfOnesOwnAreDescribedToo() {
    let pool = BufferPool()
    let graph = ComputeContext.$current.withValue(ComputeContext(threads: 1, pool: pool)) {
      NetworkGraph(of: network, input: [1, 1 << 15, 1 << 15, 2]) { input in
        let squared = Variable.operation("own", on: [input], value: input.value * input.value) { [$0] }
        let vector = network.norm.scale.joining(squared)
        let normalized = groupNormalization(squared, scale: vector, offset: vector, groups: 2, epsilon: 1e-3)
        return softmax(upsample(relu(normalized).mean(along: [3], keepingAxes: true) / 2 + input, by: 2, .bilinear))
      }
    }
    #expect(graph.nodes.last?.shape == [1, 1 << 16, 1 << 16, 2] && pool.statistics.peak < 10_000)
  }

  @Test func readingChangesNothing() {
    let before = network.namedParameters.map { $0.parameter.value.scalars }
    _ = graph
    #expect(network.namedParameters.map { $0.parameter.value.scalars } == before)
    #expect(network.parameters.filter(\.isTrainable).count == 5)
  }
}
