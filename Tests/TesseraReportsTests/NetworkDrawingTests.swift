import Foundation
import TesseraAutograd
import TesseraKernels
import TesseraLayers
import TesseraReports
import TesseraTensors
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct NetworkDrawingTests {
  /// A small U: two levels down, joined on the way up.
  private struct Small: Module {
    let down: [Conv2D]
    let up: TransposedConv2D
    let last: Conv2D
    let isAdding: Bool

    init(adding: Bool = false) {
      var random = RandomStream(seed: 1)
      down = [(3, 4), (4, 8)].map { Conv2D(from: $0.0, to: $0.1, kernel: 3, activation: .relu, random: &random) }
      up = TransposedConv2D(from: 8, to: 4, kernel: 3, stride: 2, random: &random)
      last = Conv2D(from: adding ? 4 : 8, to: 2, kernel: 1, random: &random)
      isAdding = adding
    }

    func callAsFunction(_ input: Variable) -> Variable {
      let skip = down[0](input)
      let enlarged = up(down[1](maxPool(skip, window: 2)))
      return last(isAdding ? relu(enlarged + skip) : concatenate([enlarged, skip]))
    }

    var graph: NetworkGraph { NetworkGraph(of: self, input: [1, 8, 8, 3]) { self($0) } }
  }

  @Test func mapsAreWhatIsSeenAndArrowsWhatLeadsThere() {
    let features = FeatureMaps(Small().graph)
    #expect(
      features.maps.map(\.shape) == [
        [1, 8, 8, 3], [1, 8, 8, 4], [1, 4, 4, 4], [1, 4, 4, 8], [1, 8, 8, 8], [1, 8, 8, 2],
      ])
    #expect(features.maps[4].look == .joined && features.maps[4].parts.map(\.channels) == [4, 4])
    #expect(features.maps[4].parts.map(\.isCopy) == [true, false])
    #expect(
      features.edges.map { "\($0.source)>\($0.target).\($0.part)" } == [
        "0>1.0", "1>2.0", "2>3.0", "1>4.0", "3>4.1", "4>5.0",
      ])
    #expect(
      features.edges.map(\.look.label) == [
        "3 × 3 convolution, ReLU", "2 × 2 max pool", "3 × 3 convolution, ReLU",
        "joined, added or multiplied, unchanged",
        "3 × 3 transposed convolution, stride 2", "1 × 1 convolution",
      ])
  }

  @Test func aSumIsAMapOfItsOwnAndWhatFollowsInPlaceIsNone() {
    let features = FeatureMaps(Small(adding: true).graph)
    #expect(features.maps.map(\.look) == [.plain, .plain, .plain, .plain, .plain, .sum, .plain])
    #expect(features.edges.filter { $0.target == 5 }.map(\.source).sorted() == [1, 4])
  }

  @Test func theFullSizeStandsAboveTheHalfAndAPassGoesToTheRight() {
    let features = FeatureMaps(Small().graph)
    let boxes = MapLayout(features, x: 10, y: 20).boxes
    #expect(boxes.map(\.row) == [0, 0, 1, 1, 0, 0])
    #expect(zip(boxes, boxes.dropFirst()).allSatisfy { $0.right <= $1.right + 1e-9 })
    #expect(boxes[2].y > boxes[1].bottom && boxes[4].bottom < boxes[3].y)
    // The enlarged part stands no further left than what it comes from.
    #expect(boxes[4].center(of: 1) >= boxes[3].center(of: 0) - 1e-9)
    for (index, box) in boxes.enumerated() {
      for other in boxes[(index + 1)...] where box.row == other.row {
        #expect(box.right + MapLayout.gap <= other.x + 1e-9)
      }
    }
  }

  @Test func onlyAnEdgePastOtherMapsMakesADetour() {
    let features = FeatureMaps(Small(adding: true).graph)
    let layout = MapLayout(features, x: 0, y: 0)
    // The skip passes the enlarged map.
    let detoured = layout.detours.keys.map { features.edges[$0] }
    #expect(detoured.count == 1 && detoured[0].source == 1 && detoured[0].target == 5)
    #expect(layout.detours.values.allSatisfy { $0 > layout.boxes[4].bottom })
  }

  @Test func thePictureIsWellFormedAndTellsTheNumbers() throws {
    let svg = NetworkDrawing(Small().graph, title: "a < b & \"c\"").svg
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(svg.contains(">a &lt; b &amp; &quot;c&quot;</text>"))
    #expect(svg.contains("718 parameters · 0.02 MMAC for an input of 1 × 8 × 8 × 3"))
    #expect(
      svg.contains("<title>down.0: 3 × 3 convolution, ReLU, [1, 8, 8, 4], 112 parameters, 6,912 multiply-adds</title>"))
    #expect(!svg.contains(" id=") && !svg.contains("<script"))
  }
}
