import Foundation
import TesseraImaging
import Testing

@testable import TesseraDatasets

/// Files of outlines that are wrong: each message says what, where and what to do.
@Suite struct AnnotationErrorTests {
  private func coco(_ annotations: String, images: String? = nil, categories: String? = nil) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.addImage("images/\(name).png", width: 20, height: 10) }
    let images =
      images
      ?? ["a", "b"].enumerated().map {
        "{\"id\":\($0),\"file_name\":\"\($1).png\",\"width\":20,\"height\":10}"
      }.joined(separator: ",")
    let categories = categories ?? "{\"id\":1,\"name\":\"cat\"},{\"id\":2,\"name\":\"dog\"}"
    try folder.addText(
      "instances.json", "{\"images\":[\(images)],\"annotations\":[\(annotations)],\"categories\":[\(categories)]}")
    return folder
  }

  private func object(_ segmentation: String, picture: Int = 0, category: Int = 1) -> String {
    "{\"id\":5,\"image_id\":\(picture),\"category_id\":\(category),\"segmentation\":\(segmentation)}"
  }

  private let square = "[[0,0,4,0,4,4,0,4]]"

  @Test func aSoundFileHasNoComplaint() throws {
    #expect(try coco(object(square)).complaint() == "none")
    #expect(try coco(object("[0,0,4,0,4,4,0,4]")).complaint() == "none")
  }

  @Test func brokenJSONSaysWhere() throws {
    let folder = try coco(object(square))
    func complaint(_ text: String) throws -> String {
      try folder.addText("instances.json", text)
      return folder.complaint()
    }
    #expect(
      try complaint("{\"images\": [\n {\"id\": 1")
        == "DIR/instances.json: is not valid JSON at line 2, column 10: the file ends early; export or copy it again")
    #expect(
      try complaint("{\"images\": [\n  {\"id\": x}\n]}")
        == "DIR/instances.json: is not valid JSON at line 2, column 10: a value should follow, not x; export or copy it again"
    )
    try folder.addText("instances.json", "{\"images\": [], \"annotations\": []}")
    #expect(folder.complaint() == "DIR/instances.json: \"categories\" is missing")
    try folder.addText(
      "instances.json",
      "{\"images\": [{\"id\": 1, \"file_name\": \"a\", \"width\": 20}], \"annotations\": [], \"categories\": [{\"id\": 1, \"name\": \"cat\"}]}"
    )
    #expect(
      folder.complaint() == "DIR/instances.json: picture 1 (a): its height is missing; export the file again with it")
    try folder.addText("instances.json", "{\"images\": {}, \"annotations\": [], \"categories\": [{\"id\": \"x\"}]}")
    #expect(folder.complaint() == "DIR/instances.json: images: holds an object, where a list is expected")
  }

  @Test func aByteOrderMarkIsNoFault() throws {
    let folder = try coco(object(square))
    let text = try String(contentsOfFile: "\(folder.path)/instances.json", encoding: .utf8)
    try folder.addText("instances.json", "\u{FEFF}" + text)
    #expect(folder.complaint() == "none")
  }

  @Test func whatIsNoFileOfOutlinesIsSaid() throws {
    let folder = try coco(object(square))
    func complaints(_ text: String) throws -> [String] {
      try folder.addText("instances.json", text)
      return [folder.complaint(), folder.complaint(layout: .coco)]
    }
    func expect(_ text: String, _ reason: String) throws {
      let (recognized, named) = (try complaints(text)[0], try complaints(text)[1])
      #expect(recognized.hasPrefix("DIR: is not a data set: it holds images, instances.json;"))
      #expect(
        recognized.hasSuffix("; instances.json is no file of COCO, labelme or Label Studio: \(reason)"), "\(recognized)"
      )
      #expect(named == "DIR/instances.json: \(reason)")
    }
    try expect("", "the file is empty; export or copy it again")
    try expect(" \n", "the file is empty; export or copy it again")
    try expect("[1, 2]", "the file holds a list, where an object is expected")
    try expect("{\"a\": 1}", "\"images\" is missing")
    try expect(
      "{]", "is not valid JSON at line 1, column 2: a name in quotes should follow, not ]; export or copy it again")
  }

  @Test func placesAndReasonsOfJSONFaults() {
    let cases: [(text: String, fault: String?)] = [
      ("{\"a\": [1, -2.5e+3, true, null, \"\\u00e9\\ud83d\\ude00\\n\", {}, [], {\"b\": {\"c\": []}}]}", nil),
      (" 0 ", nil), ("", "0 the file ends early"), ("[1,]", "3 a value should follow, not ]"),
      ("[1 2]", "3 a comma or ] should follow, not 2"), ("{\"a\" 1}", "5 a colon should follow, not 1"),
      ("[1]\0", "3 the end of the file should follow, not a zero byte"),
      ("[\"\\ud800\"]", "2 \\ud800 is half of a surrogate pair"),
      ("[\"\\udc00\"]", "2 \\udc00 is half of a surrogate pair"),
      ("[\"\\ud800\\u0041\"]", "2 \\ud800 is half of a surrogate pair"),
      ("[\"\\u12\"]", "3 four hexadecimal digits after \\u should follow, not u"), ("[01]", "1 a number begins with 0"),
      ("[1.]", "3 a digit after the point should follow, not ]"), ("[-]", "2 a digit should follow, not ]"),
      ("[1e]", "3 a digit of the exponent should follow, not ]"), ("[\"a", "1 a text has no closing quote"),
      ("[\"\n\"]", "2 a text has a line break or another control character"),
      ("[nul]", "1 a value should follow, not n"),
      (String(repeating: "[", count: 512) + String(repeating: "]", count: 512), nil),
      (String(repeating: "[", count: 100_000), "512 lists and objects lie more than 512 deep within each other"),
    ]
    for (text, expected) in cases {
      let fault = JSONFault.find(in: Array(text.utf8))
      #expect(fault.map { "\($0.offset) \($0.reason)" } == expected, "\(text.prefix(40))")
    }
    #expect(JSONFault.find(in: Array("[\"".utf8) + [0xFF] + Array("\"]".utf8))?.reason == "a text is not UTF-8")
  }

  @Test func faultsThatOnlyTheDecoderKnowsHaveAPlaceToo() throws {
    let folder = try coco(object(square))
    let deep = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
    for (text, reason) in [
      ("{\"images\": \(deep)}", "column 523: lists and objects lie more than 512 deep"),
      ("{\"images\": [{\"id\": 1, \"file_name\": \"\\ud800\"}]}", "column 37: \\ud800 is half of a surrogate pair"),
      ("{\"images\": []}\0", "column 15: the end of the file should follow, not a zero byte"),
    ] {
      try folder.addText("instances.json", text)
      #expect(
        folder.complaint().hasPrefix("DIR/instances.json: is not valid JSON at line 1, \(reason)"),
        "\(folder.complaint())")
    }
  }

  @Test func picturesAreFilesOfTheirOwnInTheFolder() throws {
    func picture(_ id: Int, _ name: String) -> String {
      "{\"id\":\(id),\"file_name\":\"\(name)\",\"width\":20,\"height\":10}"
    }
    let folder = try coco(
      object(square), images: [picture(0, "x/same.png"), picture(1, "y/same.png")].joined(separator: ","))
    for place in ["x", "y"] { try folder.addImage("images/\(place)/same.png", width: 20, height: 10) }
    let opened = try DatasetFolder(at: folder.path)
    let files = try opened.dataset(.training).files + opened.dataset(.validation).files
    #expect(Set(files.map(\.name)) == ["x/same", "y/same"] && Set(files.map(\.image)).count == 2)
    let one = try coco(object(square), images: [picture(0, "x/a.png"), picture(1, "y/a.png")].joined(separator: ","))
    #expect(
      one.complaint()
        == "DIR/instances.json: pictures x/a.png and y/a.png are one file, DIR/images/a.png; add the one that is "
        + "missing, or remove one of them")
    let outside = try TemporaryFolder()
    try outside.addImage("c.png", width: 20, height: 10)
    let name = "../../\((outside.path as NSString).lastPathComponent)/c.png"
    #expect(
      try coco(object(square), images: picture(0, name)).complaint()
        == "DIR/instances.json: picture \(name) is missing: it is in none of DIR/images/, DIR/; pictures must lie in the data's "
        + "folder")
  }

  @Test func categoriesOfOneNameAreOneClass() throws {
    let folder = try coco(
      [object(square), object(square, picture: 1, category: 7)].joined(separator: ","),
      categories: "{\"id\":1,\"name\":\"cat\"},{\"id\":4,\"name\":\"dog\"},{\"id\":7,\"name\":\"cat\"}")
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.labelSpace.classes.map(\.name) == ["background", "cat", "dog"])
    #expect(
      opened.notes == ["\(folder.path)/instances.json: categories 1 and 7 are both called cat: they are one class"])
    #expect(try folder.values(.training).merging(folder.values(.validation)) { $1 } == ["a": [0, 1], "b": [0, 1]])
  }

  @Test func whatIsUnknownIsNamed() throws {
    #expect(
      try coco(object(square, category: 9)).complaint()
        == "DIR/instances.json: annotation 5: has category 9, which the file does not list (1 is cat, 2 is dog)")
    #expect(
      try coco(object(square, picture: 7)).complaint()
        == "DIR/instances.json: annotation 5: belongs to picture 7, which the file does not list")
    let images = "{\"id\":0,\"file_name\":\"gone.png\",\"width\":20,\"height\":10}"
    #expect(
      try coco(object(square), images: images).complaint()
        == "DIR/instances.json: picture gone.png is missing: it is in none of DIR/images/, DIR/")
    #expect(try coco("", categories: "").complaint() == "DIR/instances.json: lists no categories")
  }

  @Test func outlinesMustLieInTheirPicture() throws {
    #expect(
      try coco(object("[[100,0,120,0,120,9]]")).complaint()
        == "DIR/instances.json: annotation 5: the outline (x 100...120, y 0...9) lies outside its picture of 20 x 10 pixels; it "
        + "was probably drawn on another size, or belongs to another picture")
    for corner in ["1e300", "-1e9"] {
      #expect(
        try coco(object("[[\(corner),0,120,0,120,9]]")).complaint().contains(
          "farther out than any picture reaches; correct it"))
    }
    let folder = try coco(object("[[0,0,25.5,0,25.5,4,0,4],[1,1,2,2]]"))
    #expect(
      try DatasetFolder(at: folder.path).notes == [
        "\(folder.path)/instances.json: 1 outline reaches beyond the picture, by up to 5.5 pixels; what lies outside is cut "
          + "off", "\(folder.path)/instances.json: left out: outlines of fewer than 3 corners (1)",
      ])
    #expect(
      try coco(object("[[0,0,4,0,4,4,0]]")).complaint()
        == "DIR/instances.json: annotation 5: the outline has 7 numbers, but each corner has two: x and y")
  }

  @Test func runsMustFillTheirPicture() throws {
    func runs(_ counts: String, _ size: String = "[10,20]") throws -> String {
      try coco(object("{\"counts\":\(counts),\"size\":\(size)}")).complaint()
    }
    #expect(try runs("[50,150]") == "none")
    #expect(
      try runs("[50,150]", "[20,10]")
        == "DIR/instances.json: annotation 5: its runs are for 10 x 20 pixels, but the picture has 20 x 10")
    #expect(
      try runs("[50,151]") == "DIR/instances.json: annotation 5: its runs cover 201 pixels, but the picture has 200")
    #expect(try runs("\"~~\"") == "DIR/instances.json: annotation 5: its compressed runs are damaged")
    #expect(try runs("true").contains("annotations[0].segmentation"))
  }

  @Test func filesForDetectionAreNotForSegmentation() throws {
    #expect(
      try coco(object("[]")).complaint()
        == "DIR/instances.json: has boxes only, no outlines: it is for detection, not for segmentation")
  }

  @Test func aPictureThatIsTooLargeIsRefusedBeforeItIsDrawn() throws {
    let images = "{\"id\":0,\"file_name\":\"a.png\",\"width\":4000000000,\"height\":4000000000}"
    #expect(
      try coco("", images: images).complaint()
        == "DIR/instances.json: picture 0 (a.png): a picture cannot have 4000000000 x 4000000000 pixels")
  }

  @Test func aPictureOfAnotherSizeIsFoundBeforeTheFirstStep() throws {
    let images = ["a", "b"].enumerated().map {
      "{\"id\":\($0),\"file_name\":\"\($1).png\",\"width\":40,\"height\":20}"
    }.joined(separator: ",")
    #expect(
      try coco(object(square), images: images).complaint()
        .contains(".png: is 20 x 10 pixels, but its mask DIR/instances.json#"))
  }

  @Test func splitsOfOneFileEachAreTrainingAndValidation() throws {
    let folder = try TemporaryFolder()
    let document = { (name: String) in
      "{\"images\":[{\"id\":1,\"file_name\":\"\(name).png\",\"width\":8,\"height\":6}],\"annotations\":[{\"image_id\":1,"
        + "\"category_id\":1,\"segmentation\":[[0,0,4,0,4,4,0,4]]}],\"categories\":[{\"id\":0,\"name\":\"things\",\"supercategory\":"
        + "\"none\"},{\"id\":1,\"name\":\"cat\",\"supercategory\":\"things\"}]}"
    }
    for split in ["train", "valid", "test"] {
      try folder.addImage("\(split)/\(split).png")
      try folder.addText("\(split)/_annotations.coco.json", document(split))
    }
    let opened = try DatasetFolder(at: folder.path)
    // The name of the whole is no class of its own.
    #expect(opened.labelSpace.classes.map(\.name) == ["background", "cat"])
    #expect(try opened.dataset(.training).files.map(\.name) == ["train"])
    #expect(try folder.values(.validation) == ["valid": [0, 1]])
    let coco = try TemporaryFolder()
    for split in ["train2017", "val2017"] {
      try coco.addImage("\(split)/\(split).png")
      try coco.addText("annotations/instances_\(split).json", document(split))
      try coco.addText("annotations/captions_\(split).json", "{\"info\":{}}")
    }
    #expect(try coco.values(.validation) == ["val2017": [0, 1]])
    try folder.addText(
      "valid/_annotations.coco.json", document("valid").replacingOccurrences(of: "\"cat\"", with: "\"bus\""))
    #expect(
      folder.complaint() == "DIR/valid/_annotations.coco.json: category 1 is bus here and cat in another place")
  }

  @Test func labelmesFilesAreCheckedAllAtOnce() throws {
    let folder = try TemporaryFolder()
    try folder.addText("labels.txt", "_background_\ncat\n")
    func file(_ name: String, _ label: String = "cat", picture: String? = nil, kind: String = "polygon") throws {
      try folder.addText(
        "\(name).json",
        "{\"shapes\":[{\"label\":\"\(label)\",\"points\":[[0,0],[4,0],[4,4]],\"shape_type\":\"\(kind)\"}],\"imagePath\":\""
          + "\(picture ?? name + ".png")\",\"imageWidth\":8,\"imageHeight\":6}")
    }
    for name in ["a", "b", "c", "d", "lonely"] { try folder.addImage("\(name).png") }
    try file("a")
    try file("b", picture: "..\\\\pictures\\\\b.png")
    let opened = try DatasetFolder(at: folder.path)
    #expect(opened.notes == ["\(folder.path): 3 pictures have no file of shapes and are left out (such as c.png)"])
    try file("b", "caat")
    try file("c", picture: "gone.png")
    try file("d", kind: "spiral")
    try folder.addText("e.json", "{\"shapes\": [")
    let text = folder.complaint()
    #expect(text.hasPrefix("4 files cannot be used; fix them or remove the pictures:\n"))
    for line in [
      "DIR/b.json: shape 1 (caat): no class has this name (known: _background_, cat); correct it, or name the class in the list",
      "DIR/c.json: its picture gone.png is missing; put it next to the file",
      "DIR/d.json: shape 1 (cat): shapes of kind spiral with 3 points are not read",
      "DIR/e.json: is not valid JSON",
    ] { #expect(text.contains(line), "\(line)") }
  }
}
