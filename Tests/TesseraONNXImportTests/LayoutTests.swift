import Foundation
import TesseraAutograd
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@testable import TesseraONNXImport

/// Graphs that take pictures, or give scores, in other ways than PyTorch's.
@Suite struct LayoutTests {
  /// What a filter of one pixel computes for each class.
  private static let filter = Tensor.random([2, 3, 1, 1], seed: 8)

  private static func network(
    _ nodes: [ONNXNode], constants: [String: ONNXConstant] = [:], lengths: [Int?]
  ) throws -> ONNXNetwork {
    try ONNXNetwork(
      of: nodes,
      constants: constants.merging(["filter": .floats(filter), "row": .floats(filter.sliced(0..<1, along: 0))]) { $1 },
      lengths: lengths)
  }

  /// The filter's results in plain loops, `[1, height, width, 2]`.
  private static func expected(_ picture: Tensor) -> Tensor {
    let rows = picture.scalars
    let values = (0..<picture.count / 3).flatMap { pixel in
      (0..<2).map { output in (0..<3).reduce(Float(0)) { $0 + rows[3 * pixel + $1] * filter[output, $1, 0, 0] } }
    }
    return Tensor(values, shape: [1, picture.shape[1], picture.shape[2], 2])
  }

  @Test func channelsLastInAndOut() throws {
    let network = try Self.network(
      [
        ONNXNode("Transpose", ["image"], "first", ["perm": .integers([0, 3, 1, 2])]),
        ONNXNode("Conv", ["first", "filter"], "scores"),
        ONNXNode("Transpose", ["scores"], "last", ["perm": .integers([0, 2, 3, 1])]),
        ONNXNode("Softmax", ["last"], "probabilities", ["axis": .integer(-1)]),
      ], lengths: [nil, nil, nil, 3])
    let picture = Tensor.random([1, 33, 47, 3], seed: 2)
    #expect(network.sizeMultiple == 1 && !network.configuration.layout.isChannelsFirst)
    expectClose(network(Variable(picture)).value, Self.expected(picture))
    // Transpositions only rename axes: there is one operation.
    #expect(network.graph(height: 32, width: 32).nodes.count == 1)
  }

  /// As Keras' files end: what chooses comes before the last transposition.
  @Test(arguments: ["Softmax", "Sigmoid"]) func aChoiceBeforeTheLastTranspositionIsLeftOut(type: String) throws {
    let network = try Self.network(
      [
        ONNXNode("Transpose", ["image"], "first", ["perm": .integers([0, 3, 1, 2])]),
        ONNXNode("Conv", ["first", "filter"], "scores"), ONNXNode(type, ["scores"], "parts", ["axis": .integer(1)]),
        ONNXNode("Transpose", ["parts"], "last", ["perm": .integers([0, 2, 3, 1])]),
      ], lengths: [nil, nil, nil, 3])
    let picture = Tensor.random([1, 32, 40, 3], seed: 2)
    expectClose(network(Variable(picture)).value, Self.expected(picture))
  }

  @Test func oneNumberForEachPixelIsTheForegroundsLogit() throws {
    let network = try Self.network(
      [ONNXNode("Conv", ["image", "row"], "scores"), ONNXNode("Sigmoid", ["scores"], "matte")],
      lengths: [nil, 3, nil, nil])
    #expect(network.configuration.classes == 2)
    let picture = Tensor.random([1, 32, 40, 3], seed: 3)
    let logits = network(Variable(picture)).value
    #expect(logits.sliced(0..<1, along: 3) == .zeros([1, 32, 40, 1]))
    expectClose(logits.sliced(1..<2, along: 3), Self.expected(picture).sliced(0..<1, along: 3))
  }

  /// One over rows or columns is a part of the network.
  @Test func onlyWhatChoosesAmongClassesIsLeftOut() throws {
    func ending(_ type: String, _ axis: Int) throws -> ONNXNetwork {
      try Self.network(
        [
          ONNXNode("Conv", ["image", "filter"], "scores"),
          ONNXNode(type, ["scores"], "end", ["axis": .integer(axis)]),
        ],
        lengths: [nil, 3, nil, nil])
    }
    let picture = Tensor.random([1, 32, 40, 3], seed: 3)
    for (type, axis) in [("Softmax", 1), ("Softmax", -3), ("ArgMax", 1)] {
      expectClose(try ending(type, axis)(Variable(picture)).value, Self.expected(picture))
    }
    let overRows = try ending("Softmax", 2)(Variable(picture)).value
    for column in [0, 39] {
      let sum = overRows.sliced(column..<column + 1, along: 2).scalars.reduce(0, +)
      #expect(abs(sum - 2) < 1e-5)
    }
    #expect(throws: ONNXImportError.self) { try ending("ArgMax", 3) }
  }

  @Test func sidesThatNoPictureHasAreRefused() {
    for sides in [[1 << 62, 1 << 62], [64, 1 << 62], [20_000, 20_000]] {
      #expect(throws: ONNXImportError.self) {
        try Self.network([ONNXNode("Conv", ["image", "filter"], "scores")], lengths: [1, 3, sides[0], sides[1]])
      }
    }
  }

  @Test func aGraphOfOneSizeGetsPicturesOfThatSizeOneByOne() throws {
    let network = try Self.network(
      [
        ONNXNode("Reshape", ["image", "shape"], "same"), ONNXNode("Conv", ["same", "filter"], "scores"),
      ], constants: ["shape": .integers(HostArray([1, 3, 32, 64]))], lengths: [1, 3, 32, 64])
    let layout = network.configuration.layout
    #expect(layout.fixedSize == [32, 64] && layout.takesOnePicture && network.sizeMultiple == 1)
    let pictures = Tensor.random([2, 32, 64, 3], seed: 4)
    let logits = network(Variable(pictures)).value
    for index in 0..<2 {
      let picture = pictures.sliced(index..<index + 1, along: 0)
      expectClose(logits.sliced(index..<index + 1, along: 0), Self.expected(picture))
    }
    #expect(network(Variable(Tensor.random([1, 50, 20, 3], seed: 5))).shape == [1, 50, 20, 2])
  }

  @Test func aReshapeOfNeighborsMovesNothing() throws {
    let picture = ArrangedVariable(
      Variable(Tensor.random([2, 3, 4, 5], seed: 6)), order: ArrangedVariable.picture, isConstant: false)
    #expect(picture.shape == [2, 5, 3, 4])
    let tokens = try picture.reshaped(to: [2, 5, 12]).transposed([0, 2, 1])
    #expect(tokens.order == [0, 1, 2] && tokens.natural.value == picture.variable.value.reshaped(to: [2, 12, 5]))
    // Channels with columns are no neighbors where they lie.
    let natural = picture.natural.value
    #expect(try picture.reshaped(to: [2, 15, 4]).natural.value == natural.reshaped(to: [2, 15, 4]))
    #expect(try picture.reshaped(to: [10, 1, 12]).natural.value == natural.reshaped(to: [10, 1, 12]))
    #expect(try picture.reshaped(to: [2, 1, 5, 2, 6]).natural.value == natural.reshaped(to: [2, 1, 5, 2, 6]))
  }
}
