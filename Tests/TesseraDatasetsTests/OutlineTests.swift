import Foundation
import TesseraImaging
import Testing

@testable import TesseraDatasets

/// Outlines against the programs that define them; scripts/golden/outlines.py wrote the cases.
@Suite struct OutlineTests {
  private static func golden() throws -> [String: Any] {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
      "Golden/outlines.json")
    return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
  }

  private static func expand(_ runs: Any?) throws -> [UInt16] {
    let numbers = try #require(runs as? [Int])
    return stride(from: 0, to: numbers.count, by: 2).flatMap {
      [UInt16](repeating: UInt16(numbers[$0 + 1]), count: numbers[$0])
    }
  }

  private static func write(_ document: Any?, to path: String) throws {
    try JSONSerialization.data(withJSONObject: #require(document)).write(to: URL(fileURLWithPath: path))
  }

  @Test func masksAreThoseOfPycocotoolsToTheBit() throws {
    let golden = try #require(Self.golden()["coco"] as? [String: Any])
    let document = try #require(golden["document"] as? [String: Any])
    let folder = try TemporaryFolder()
    for picture in try #require(document["images"] as? [[String: Any]]) {
      try folder.addImage(
        "images/\(try #require(picture["file_name"] as? String))", width: #require(picture["width"] as? Int),
        height: #require(picture["height"] as? Int))
    }
    try Self.write(document, to: folder.path + "/annotations.json")
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.layout.name == "coco" && opened.labelSpace.void == 255)
    // In the order of the identifiers.
    #expect(opened.labelSpace.classes.map(\.name) == ["background", "car", "cat", "cow"])
    var seen = 0
    for split in DatasetSplit.allCases {
      let dataset = try opened.dataset(split)
      for (index, files) in dataset.files.enumerated() {
        let expected = try Self.expand((golden["masks"] as? [String: Any])?["\(files.name).png"])
        #expect(try dataset.mask(at: index).indices == expected, "\(files.name)")
        seen += 1
      }
    }
    #expect(seen == 5)
  }

  /// labelme rounds corners down to whole pixels and draws the line around them too; so pixels at an outline may
  /// differ, and no others.
  @Test func masksDifferFromLabelmesOnlyAtOutlines() throws {
    let golden = try #require(Self.golden()["labelme"] as? [String: Any])
    let document = try #require(golden["document"] as? [String: Any])
    let singles = try #require(golden["shapes"] as? [Any])
    let shapes = try #require(document["shapes"] as? [[String: Any]])
    let folder = try TemporaryFolder()
    try folder.addText("labels.txt", "__ignore__\n_background_\ncat\ndog\n")
    func mask(_ shapes: [[String: Any]]) throws -> Mask {
      for name in ["a", "b"] {
        try folder.addImage("\(name).png", width: 80, height: 60)
        try Self.write(
          document.merging(["shapes": shapes, "imagePath": "\(name).png"]) { $1 }, to: folder.path + "/\(name).json")
      }
      let opened = try DatasetFolder(at: folder.path)
      #expect(
        opened.layout.name == "labelme" && opened.labelSpace.classes.map(\.name) == ["_background_", "cat", "dog"])
      return try opened.dataset(.training).mask(at: 0)
    }
    for (shape, single) in zip(shapes, singles) {
      let (ours, theirs) = (try mask([shape]).indices, try Self.expand(single))
      let differing = ours.indices.filter { ours[$0] != theirs[$0] }
      if shape["shape_type"] as? String == "mask" { #expect(differing.isEmpty) }
      // A pixel of the difference has one of another class near it, in both.
      for place in differing {
        let (x, y) = (place % 80, place / 80)
        let near = (-2...2).flatMap { dy in (-2...2).map { (x + $0, y + dy) } }
          .filter { (0..<80).contains($0.0) && (0..<60).contains($0.1) }.map { $0.1 * 80 + $0.0 }
        #expect(Set(near.map { ours[$0] }).count > 1 || near.count < 25, "\(x), \(y)")
      }
    }
    // Together, in the file's order.
    let (ours, theirs) = (try mask(shapes).indices, try Self.expand(golden["mask"]))
    let equal = zip(ours, theirs).count { $0 == $1 }
    #expect(Double(equal) > 0.93 * Double(ours.count), "\(equal) of \(ours.count)")
  }

  @Test func brushStrokesAreThoseOfLabelStudio() throws {
    let golden = try #require(Self.golden()["labelStudio"] as? [String: Any])
    let tasks = try #require(golden["document"] as? [[String: Any]])
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.addImage("images/\(name).png", width: 21, height: 17) }
    let second = tasks[0].merging(["id": 6, "data": ["image": "/data/upload/1/00ff00ff-b.png"]]) { $1 }
    try Self.write(tasks + [second], to: folder.path + "/project-1.json")
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.layout.name == "label-studio" && opened.labelSpace.classes.map(\.name) == ["background", "road"])
    #expect(try opened.dataset(.training).mask(at: 0).indices == Self.expand(golden["mask"]))
  }

  @Test func labelStudiosFiguresAreInPercents() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.addImage("\(name).png", width: 20, height: 10) }
    func region(_ kind: String, _ value: String) -> String {
      "{\"type\":\"\(kind)\",\"original_width\":20,\"original_height\":10,\"value\":{\(value),\"\(kind)\":[\"\(kind)\"]}}"
    }
    let regions = [
      region("polygonlabels", "\"points\":[[0,0],[50,0],[50,100],[0,100]]"),
      region("rectanglelabels", "\"x\":75,\"y\":0,\"width\":25,\"height\":50,\"rotation\":0"),
      region("ellipselabels", "\"x\":65,\"y\":80,\"radiusX\":5,\"radiusY\":10,\"rotation\":0"),
    ]
    let tasks = ["a", "b"].map {
      "{\"id\":1,\"data\":{\"image\":\"/data/local-files/?d=pictures%2F\($0).png\"},\"annotations\":[{\"result\":[\(regions.joined(separator: ","))]}]}"
    }
    let empty = "{\"id\":3,\"data\":{\"image\":\"c.png\"},\"annotations\":[]}"
    try folder.addText("export.json", "[\((tasks + [empty]).joined(separator: ","))]")
    let opened = try DatasetFolder(at: folder.path)
    #expect(
      opened.labelSpace.classes.map(\.name) == ["background", "ellipselabels", "polygonlabels", "rectanglelabels"])
    let mask = try opened.dataset(.training).mask(at: 0)
    #expect(mask.histogram[2] == 100 && mask.histogram[3] == 25)
    #expect(
      (1...6).contains(mask.histogram[1] ?? 0) && mask.indices[8 * 20 + 12] == 1 || mask.indices[7 * 20 + 13] == 1)
    #expect(opened.notes == ["\(folder.path)/export.json: 1 task has no annotation and is left out"])
  }

  @Test func whatLabelStudioDrewWithoutALabelIsSaid() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.addImage("\(name).png", width: 20, height: 10) }
    let square = "\"x\":0,\"y\":0,\"width\":50,\"height\":100"
    func region(_ value: String, turn: Int = 0) -> String {
      "{\"original_width\":20,\"original_height\":10,\"image_rotation\":\(turn),\"value\":{\(value)}}"
    }
    func write(_ annotations: [String]) throws {
      let tasks = ["a", "b"].enumerated().map {
        "{\"id\":\($0 + 1),\"data\":{\"image\":\"\($1).png\"},\"annotations\":[\(annotations.joined(separator: ","))]}"
      }
      try folder.addText("export.json", "[\(tasks.joined(separator: ","))]")
    }
    func annotation(_ regions: [String]) -> String { "{\"result\":[\(regions.joined(separator: ","))]}" }
    let road = region("\(square),\"rectanglelabels\":[\"road\"]")
    // An annotation with nothing in it hides no other.
    try write([
      annotation([region("\(square),\"rectanglelabels\":[\"sky\"]")]),
      annotation([
        road, region("\"x\":1,\"y\":1,\"width\":1,\"keypointlabels\":[\"eye\"]"), region("\"choices\":[\"good\"]"),
        region("\(square),\"rectanglelabels\":[]"), region("\(square),\"rectanglelabels\":[\"road\",\"wet\"]"),
        "{\"type\":\"relation\"}",
      ]), annotation([]),
    ])
    let opened = try DatasetFolder(at: folder.path)
    let file = "\(folder.path)/export.json"
    #expect(
      opened.notes == [
        "\(file): left out: outlines without a label (2)", "\(file): left out: outlines' labels after their first (2)",
        "\(file): left out: regions without an outline (4)",
        "\(file): of the tasks with several annotations (2) the last one that is not empty counts",
      ])
    #expect(try opened.dataset(.training).mask(at: 0).histogram.values.sorted() == [100, 100])
    try write([annotation([road, region("\(square),\"rectanglelabels\":[\"road\"]", turn: 90)])])
    #expect(
      folder.complaint().contains(
        "task 1, region 2 (road): was drawn on a picture turned by 90 degrees in Label Studio, which leaves the picture's "
          + "file as it is; turn it back there, and draw again"))
  }

  @Test func smallObjectsAreDrawnOverLargeOnes() throws {
    let square = { (side: Double) in ShapeMask.Geometry.polygons([[0, 0, side, 0, side, side, 0, side]]) }
    let shapes = [(1, 2.0), (2, 4.0), (3, 2.0)].map { ShapeMask.Shape(index: $0.0, geometry: square($0.1)) }
    func drawn(_ order: ShapeMask.Order) throws -> [UInt16] {
      let mask = try ShapeMask(width: 5, height: 5, background: 7, shapes: shapes, order: order).mask()
      return [mask.indices[0], mask.indices[3], mask.indices[24]]
    }
    // Of the two smallest, the one that comes last.
    #expect(try drawn(.smallestOnTop) == [3, 2, 7])
    #expect(try drawn(.lastOnTop) == [3, 2, 7])
    let reversed = ShapeMask(width: 5, height: 5, background: 7, shapes: shapes.reversed(), order: .lastOnTop)
    #expect(try reversed.mask().indices[0] == 1)
  }

  @Test func damagedRunsAreNone() {
    #expect(PixelRuns.lengths(decompressing: "") == [])
    for text in ["~", "ooooooooooooooo", "é", "o"] { #expect(PixelRuns.lengths(decompressing: text) == nil, "\(text)") }
    for bytes in [[], [0, 0, 0, 4], [UInt8](repeating: 255, count: 40)] as [[UInt8]] {
      #expect(BrushRuns(bytes).lengths(width: 1, height: 1) == nil)
    }
  }
}
