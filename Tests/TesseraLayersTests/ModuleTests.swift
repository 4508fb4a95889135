import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraTensors
import Testing

@Suite struct ModuleTests {
  struct Block: Module {
    let first: Conv2D
    let norm: BatchNorm?
    let shortcut: Conv2D?
  }

  struct Network: Module {
    let blocks: [Block]
    let head: Sequential
    let rate: Float
    let activation: Activation
  }

  static func network() -> Network {
    var random = RandomStream(seed: 1)
    return Network(
      blocks: [
        Block(
          first: Conv2D(from: 3, to: 8, kernel: 3, activation: .relu, random: &random), norm: BatchNorm(8),
          shortcut: nil),
        Block(
          first: Conv2D(from: 8, to: 1200, kernel: 1, bias: false, random: &random), norm: nil,
          shortcut: Conv2D(from: 8, to: 4, kernel: 1, random: &random)),
      ],
      head: Sequential(Dropout(0.25), Dense(from: 4, to: 2, random: &random)), rate: 0.5,
      activation: .leakyReLU(slope: 0.5))
  }

  @Test func parametersAreNamedByTheirPropertyPathInOrderOfDeclaration() {
    #expect(
      Self.network().namedParameters.map(\.name) == [
        "blocks.0.first.filter", "blocks.0.first.bias", "blocks.0.norm.scale", "blocks.0.norm.offset",
        "blocks.0.norm.runningMean", "blocks.0.norm.runningVariance", "blocks.1.first.filter",
        "blocks.1.shortcut.filter", "blocks.1.shortcut.bias", "head.layers.1.weight", "head.layers.1.bias",
      ])
  }

  /// Optional ones once, too.
  @Test func modulesAreNamedByTheirPropertyPathInOrderOfDeclaration() {
    #expect(
      Self.network().namedModules.map(\.name) == [
        "blocks.0", "blocks.0.first", "blocks.0.norm", "blocks.1", "blocks.1.first", "blocks.1.shortcut", "head",
        "head.layers.0", "head.layers.1",
      ])
  }

  @Test func parametersAreCountedWithStatistics() {
    let network = Self.network()
    #expect(network.blocks[0].parameterCount == 3 * 3 * 3 * 8 + 8 + 4 * 8)
    #expect(network.parameterCount == 256 + 9600 + 36 + 10)
    #expect(network.parameters.count == 11)
  }

  /// An output layer that shares the filter of the input layer, and a block that stands twice.
  struct Tied: Module {
    let first: Conv2D
    let again: Parameter
    let blocks: [BatchNorm]

    init() {
      var random = RandomStream(seed: 1)
      first = Conv2D(from: 2, to: 2, kernel: 3, random: &random)
      again = first.filter
      let norm = BatchNorm(2)
      blocks = [norm, norm]
    }

    func callAsFunction(_ input: Variable) -> Variable {
      blocks[1](blocks[0](conv2D(first(input), filter: again.joining(input))))
    }
  }

  @Test func aParameterWithSeveralPathsIsOneUnderTheFirst() {
    let network = Tied()
    #expect(
      network.namedParameters.map(\.name) == [
        "first.filter", "first.bias", "blocks.0.scale", "blocks.0.offset", "blocks.0.runningMean",
        "blocks.0.runningVariance",
      ])
    #expect(network.parameters.count == 6 && network.parameterCount == 36 + 2 + 8)
    #expect(network.parameterPaths[0].paths == ["first.filter", "again"])
    #expect(network.parameterPaths[2].paths == ["blocks.0.scale", "blocks.1.scale"])
    let graph = NetworkGraph(of: network, input: [1, 4, 4, 2]) { network($0) }
    #expect(graph.nodes.map(\.name) == ["first", "first_2", "blocks.0", "blocks.0_2"])
    #expect(graph.nodes.map(\.parameterCount) == [38, 0, 4, 0])
  }

  @Test func printingShowsTheTreeWithSettingsShapesAndCounts() {
    let plain = "stride: 1 x 1, padding: same, dilation: 1 x 1, groups: 1"
    let keras = "Convention(momentum: 0.99, epsilon: 0.001, isUnbiased: false)"
    #expect(
      Self.network().description == """
        Network(rate: 0.5, activation: leakyReLU(slope: 0.5)): 9,902 parameters
          blocks.0: Block: 256 parameters
            first: Conv2D(\(plain), activation: relu), filter [3, 3, 3, 8], bias [8]: 224 parameters
            norm: BatchNorm(convention: \(keras)), scale [8], offset [8], \
        runningMean [8] (not trained), runningVariance [8] (not trained): 32 parameters
          blocks.1: Block: 9,636 parameters
            first: Conv2D(\(plain), activation: identity), filter [1, 1, 8, 1200]: 9,600 parameters
            shortcut: Conv2D(\(plain), activation: identity), filter [1, 1, 8, 4], bias [4]: 36 parameters
          head: Sequential: 10 parameters
            layers.0: Dropout(rate: 0.25)
            layers.1: Dense(activation: identity), weight [4, 2], bias [2]: 10 parameters
        """)
    #expect("\(Dropout(0.5))" == "Dropout(rate: 0.5)")
  }

  @Test func thousandsAreSeparatedByCommas() {
    #expect([0, 7, 999, 1000, 34_523_095, -1234].map(grouped) == ["0", "7", "999", "1,000", "34,523,095", "-1,234"])
  }

  @Test func aCopySharesItsWeights() {
    let network = Self.network()
    let copy = network
    copy.parameters[0].value = Tensor(repeating: 3, shape: [3, 3, 3, 8])
    #expect(network.blocks[0].first.filter.value[0, 0, 0, 0] == 3)
    #expect(zip(network.parameters, copy.parameters).allSatisfy { $0 === $1 })
  }

  @Test func aParameterKeepsItsShape() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Parameter(.zeros([2, 3])).value = .zeros([3, 2])
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("Parameter: the shape is [2, 3] and stays so; got [3, 2]"))
  }

  struct Hiding<Place: Sendable>: Module { let place: Place }

  @Test func parametersWhereNobodyLooksStopTheProgram() async {
    let tuple = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Hiding(place: (BatchNorm(2), 1)).parameters
    }
    let tupleOutput = String(decoding: tuple?.standardErrorContent ?? [], as: UTF8.self)
    #expect(tupleOutput.contains("Module: place is of type (BatchNorm, Int), which is not searched for parameters"))
    let dictionary = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Hiding(place: ["a": Parameter(.zeros([1]))]).parameters
    }
    let output = String(decoding: dictionary?.standardErrorContent ?? [], as: UTF8.self)
    #expect(output.contains("Module: place is of type Dictionary<String, Parameter>, which is not searched"))
  }

  @Test func valuesWithoutParametersAreNoModules() {
    #expect(Hiding(place: (1, ["a": 2])).parameters.isEmpty)
    #expect(Hiding(place: Settings(width: 3, rates: [0.1])).parameters.isEmpty)
  }

  struct Settings: Sendable { let width: Int, rates: [Float] }
}
