import Foundation
import TesseraImaging
import TesseraTensors
import Testing

/// Which outputs stand for which classes.
@Suite struct OutputTests {
  @Test func ade20kHas150OutputsWithoutVoid() throws {
    let space = LabelSpace.ade20k.withoutVoidOutput
    #expect(space.count == 151 && space.outputCount == 150 && space.outputs == Array(1...150))
    #expect(space.voidOutput == nil && space.void == 0 && space.contains(0))
    #expect(LabelSpace.ade20k.outputCount == 151 && LabelSpace.ade20k.outputs == Array(0...150))
    #expect(LabelSpace.ade20k.voidOutput == 0)
    #expect(space.classes(ofOutputs: [0, 12, 149] as [UInt16]) == [1, 13, 150])
  }

  @Test func aVoidBetweenTheClassesIsPassedOver() {
    let space = LabelSpace(names: ["a", "b", "void", "c"], void: 2).withoutVoidOutput
    #expect(space.outputs == [0, 1, 3] && space.classes(ofOutputs: [2, 1, 0] as [Int32]) == [3, 1, 0])
    let batch = MaskBatch(indices: [0, 1, 2, 3], count: 1, height: 1, width: 4, labelSpace: space)
    #expect(batch.targets.outputs == [0, 1, -1, 2] && batch.targets.void == -1)
    #expect(batch.oneHot() == Tensor([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1], shape: [1, 1, 4, 3]))
    #expect(batch.weights(Tensor([5, 6, 7])) == Tensor([5, 6, 0, 7], shape: [1, 1, 4, 1]))
    #expect(batch.countedPixels == 3)
  }

  @Test func aVoidOutsideTheClassesHasNoOutputAnyway() {
    for void in [255, nil] {
      let space = LabelSpace(names: ["a", "b"], void: void)
      #expect(space.withoutVoidOutput == space && space.outputs == [0, 1] && space.voidOutput == nil)
      let batch = MaskBatch(indices: [1, 0], count: 1, height: 1, width: 2, labelSpace: space)
      #expect(batch.targets.outputs == [1, 0] && batch.targets.void == void.map(Int32.init))
    }
  }

  @Test func filesSayOnlyThatThereIsNoOutput() throws {
    let space = LabelSpace(names: ["void", "a"], void: 0)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func text(_ space: LabelSpace) throws -> String { String(decoding: try encoder.encode(space), as: UTF8.self) }
    #expect(try text(space).hasSuffix("],\"void\":0}") && !text(space).contains("hasVoidOutput"))
    #expect(try text(space.withoutVoidOutput).contains("],\"hasVoidOutput\":false,\"void\":0}"))
    for space in [space, space.withoutVoidOutput, LabelSpace.voc] {
      #expect(try JSONDecoder().decode(LabelSpace.self, from: try encoder.encode(space)) == space)
    }
  }

  /// The colors of the data set's own pictures.
  @Test func vocHas20ClassesAndBackground() {
    let space = LabelSpace.voc
    #expect(space.count == 21 && space.outputCount == 21 && space.void == 255)
    let expected: [(Int, String, Color)] = [
      (0, "background", .black), (1, "aeroplane", Color(128, 0, 0)), (2, "bicycle", Color(0, 128, 0)),
      (3, "bird", Color(128, 128, 0)), (4, "boat", Color(0, 0, 128)), (7, "car", Color(128, 128, 128)),
      (8, "cat", Color(64, 0, 0)), (15, "person", Color(192, 128, 128)), (16, "pottedplant", Color(0, 64, 0)),
      (19, "train", Color(128, 192, 0)), (20, "tvmonitor", Color(0, 64, 128)),
    ]
    for (index, name, color) in expected {
      #expect(space.name(of: index) == name && space.color(of: index) == color)
    }
    #expect(Set(space.classes.map(\.color)).count == 21)
  }
}
