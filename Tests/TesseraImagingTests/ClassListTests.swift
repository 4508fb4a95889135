import Foundation
import TesseraImaging
import TesseraTensors
import Testing

/// Lists of classes as other programs write them.
@Suite struct ClassListTests {
  private func read(_ text: String, void: Int? = 255) throws -> LabelSpace {
    let folder = try TemporaryFolder()
    return try LabelSpace(classNames: try folder.write(Array(text.utf8), to: "classes.txt"), void: void)
  }

  /// What reading says, without the file's path.
  private func complaint(_ text: String) -> String {
    do {
      return "no error: \(try read(text).classes.map(\.name))"
    } catch {
      let message = "\(error)"
      return message.firstRange(of: "classes.txt: ").map { String(message[$0.upperBound...]) } ?? message
    }
  }

  @Test func theLabelMapOfCVATIsReadWithItsColors() throws {
    let space = try read(
      "# label:color_rgb:parts:actions\nbackground:0,0,0::\ncat:48,112,32::\n\ndog:176,112,32::\nbird:::\n")
    #expect(space.classes.map(\.name) == ["background", "cat", "dog", "bird"])
    #expect(space.classes.prefix(3).map(\.color) == [.black, Color(48, 112, 32), Color(176, 112, 32)])
    #expect(space.void == 255)
  }

  @Test(arguments: ["__ignore__\n_background_\ncat\n", "_background_\ncat"])
  func theLabelsOfLabelmeCountFromTheBackground(text: String) throws {
    #expect(try read(text).classes.map(\.name) == ["_background_", "cat"])
  }

  @Test func theTableOfRoboflowIsRead() throws {
    #expect(
      try read("Pixel Value, Class\n0, background\n1, cat, tame\n").classes.map(\.name) == ["background", "cat, tame"])
    #expect(complaint("Pixel Value, Class\n0, a\n2, b\n") == "line 3 must have the pixel value 1 and a name")
  }

  @Test func namesWithColorsAreRead() throws {
    let space = try read("name,r,g,b\nAnimal,64,128,64\nArchway,192,0,128\n")
    #expect(
      space.classes == [
        .init(name: "Animal", color: Color(64, 128, 64)), .init(name: "Archway", color: Color(192, 0, 128)),
      ])
    #expect(complaint("name,r,g,b\nAnimal,64,128,256\n") == "line 2 must be name,red,green,blue")
  }

  @Test(arguments: [
    "class,r,g,b\nAnimal,64,128,64\n", "Name;R;G;B\nAnimal;64;128;64\n",
    "label, red, green, blue\nAnimal, 64, 128, 64\n",
    "\"name\",\"r\",\"g\",\"b\"\n\"Animal\",\"64\",\"128\",\"64\"\n", "class_names\tr\tg\tb\nAnimal\t64\t128\t64\n",
    "\u{FEFF}name,r,g,b\r\nAnimal,64,128,64\r\n",
  ])
  func tablesOfColorsHaveOtherHeadingsToo(text: String) throws {
    #expect(try read(text).classes == [.init(name: "Animal", color: Color(64, 128, 64))])
  }

  @Test func aNameOccursOnce() {
    #expect(
      complaint("name;r;g;b\nroad;1;2;3\ncar;4;5;6\nroad;7;8;9\n")
        == "line 4 names road again, as line 2 does: give each class a name of its own")
    #expect(complaint("a\nb\na") == "line 3 names a again, as line 1 does: give each class a name of its own")
  }

  @Test func commentsAreNoClassesAndNumbersNoNames() throws {
    #expect(try read("# mine\nroad\n# more\ncar\n").classes.map(\.name) == ["road", "car"])
    #expect(try read("0 road\n1: big car\n2\tman").classes.map(\.name) == ["road", "big car", "man"])
    #expect(try read("<unknown>\n[other]").classes.map(\.name) == ["<unknown>", "[other]"])
    #expect(try read("2 wheeler\n4 wheeler").classes.map(\.name) == ["2 wheeler", "4 wheeler"])
    #expect(
      complaint("1 road\n2 car")
        == "its classes are numbered from 1, but masks count from 0: name index 0 too, or omit the numbers")
  }

  @Test(arguments: [
    ("{\"a\": 1}", "JSON"), ("<?xml?>", "XML or HTML"), ("item {\n  id: 1", "a protobuf text"),
    ("path: x\nnames:\n  0: a", "YAML"),
  ])
  func otherFormatsAreRefusedByName(text: String, format: String) {
    #expect(
      complaint(text) == "the class names cannot be read: it is \(format), not a list of names; "
        + "write one name per line; the first line is index 0")
  }

  @Test func namesAndTheirNumberAreBounded() throws {
    #expect(try read(String(repeating: "a", count: 200) + "\nb").count == 2)
    #expect(complaint("a\n\(String(repeating: "é", count: 201))") == "line 2 has a name of more than 200 characters")
    #expect(complaint("a\u{1B}[31m\nb") == "line 1 has a tab or another control character in its name")
    #expect(try read((0..<65536).map { "c\($0)" }.joined(separator: "\n")).count == 65536)
    #expect(
      complaint((0...65536).map { "c\($0)" }.joined(separator: "\n"))
        == "the class names cannot be read: it names 65537 classes, but masks hold at most 65536")
    let empty = complaint("a" + (0..<10).map { "\n\nb\($0)" }.joined())
    #expect(empty.hasSuffix("; and 5 more lines") && empty.count < 500)
  }

  @Test func listsOfAnyKindNeverEndAProgram() throws {
    let (folder, path) = (try TemporaryFolder(), "classes.txt")
    var random = RandomStream(seed: 5)
    let starts = [
      "# label:color_rgb:parts:actions\na:1,2,3::\nb:4,5,6::\n", "__ignore__\n_background_\ncat\n",
      "Pixel Value, Class\n0, a\n1, b\n", "name,r,g,b\na,1,2,3\nb,4,5,6\n", "0 a\n1 b\n2 c\n", "a\nb\nc\n",
      "Idx\tRatio\tTrain\tVal\tName\n1\t0.1\t5\t5\ta\n2\t0.1\t5\t5\tb\n",
    ]
    let marks = Array(":,\n\r\t #0192-\u{0}".utf8) + [0xE9, 0xFF]
    for start in starts {
      for _ in 0..<15 {
        var bytes = Array(start.utf8)
        for _ in 0...random.index(below: 4) {
          let place = random.index(below: bytes.count)
          if random.index(below: 2) == 0 {
            bytes[place] = marks[random.index(below: marks.count)]
          } else {
            bytes.insert(marks[random.index(below: marks.count)], at: place)
          }
        }
        let file = try folder.write(bytes, to: path)
        for read in [{ try LabelSpace(classNames: $0, void: 255) }, { try LabelSpace(objectInfo: $0) }] {
          do {
            #expect(try read(file).count > 0)
          } catch {
            #expect("\(error)".hasPrefix("\(file): ") && error is LabelSpaceError)
          }
        }
      }
    }
  }

  @Test func anEnormousIndexIsALineThatIsWrong() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("Idx\tRatio\tTrain\tVal\tName\n1000000000\t0.1\t5\t5\tx\n".utf8), to: "info.txt")
    #expect(throws: LabelSpaceError.badLines(file: path, ["line 2 must have index 1; it has 1000000000"])) {
      try LabelSpace(objectInfo: path)
    }
  }
}
