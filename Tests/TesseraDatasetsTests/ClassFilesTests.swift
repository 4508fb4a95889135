import Foundation
import TesseraDatasets
import TesseraImaging
import Testing

/// Files that name classes under the names that other programs give them.
@Suite struct ClassFilesTests {
  private func folder(_ files: [String: String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in ["train/a", "val/b"] {
      try folder.addImage("images/\(name).png")
      try folder.addMask("masks/\(name).png")
    }
    for (name, text) in files { try folder.addText(name, text) }
    return folder
  }

  private func names(_ files: [String: String]) throws -> [String] {
    let folder = try folder(files)
    return try withExtendedLifetime(folder) { try DatasetFolder(at: folder.path).labelSpace.classes.map(\.name) }
  }

  private static let labelMap = "# label:color_rgb:parts:actions\nroad:1,2,3::\ncar:4,5,6::\n"

  @Test(arguments: [
    ("labelmap.txt", labelMap), ("labels.txt", "__ignore__\nroad\ncar\n"),
    ("_classes.csv", "Pixel Value, Class\n0, road\n1, car\n"),
    ("class_dict.csv", "name,r,g,b\nroad,1,2,3\ncar,4,5,6\n"),
    ("classes.txt", labelMap),
  ])
  func areReadWhereTheyLie(name: String, text: String) throws {
    let folder = try folder([name: text])
    let space = try withExtendedLifetime(folder) { try DatasetFolder(at: folder.path).labelSpace }
    #expect(space.classes.map(\.name) == ["road", "car"] && space.void == 255)
    #expect((space.color(of: 0) == Color(1, 2, 3)) == text.contains("1,2,3"))
  }

  @Test func filesOfThoseNamesButOtherContentsAreNone() throws {
    #expect(try names(["labels.txt": "a.jpg 3\nb.jpg 4\n", "labelmap.txt": "x"]) == ["class 0", "class 1"])
  }

  @Test func aTableOfColorsWithoutItsHeadingIsRefused() throws {
    let text = "road,1,2,3\ncar,4,5,6\n"
    #expect(
      try folder(["class_dict.csv": text]).complaint()
        == "DIR/class_dict.csv: line 1 must be the heading name,r,g,b, with commas or semicolons; it is road,1,2,3")
    #expect(try folder(["class_dict.csv": ""]).complaint().hasPrefix("DIR/class_dict.csv: names no class"))
    #expect(try folder(["class_dict.csv": "class;r;g;b\nroad;1;2;3\ncar;4;5;6\n"]).complaint() == "none")
  }

  @Test func severalThatAgreeAreOne() throws {
    #expect(try names(["classes.txt": "road\ncar", "labelmap.txt": Self.labelMap]) == ["road", "car"])
  }

  @Test func twoThatDisagreeAreAnError() throws {
    let folder = try folder(["classes.txt": "sky\ncar", "labelmap.txt": Self.labelMap])
    let error = #expect(throws: LabelSpaceError.self) { try DatasetFolder(at: folder.path) }
    #expect(
      error.map { "\($0)".replacingOccurrences(of: folder.path, with: "DIR") }
        == "DIR/classes.txt and DIR/labelmap.txt name different classes; remove or correct the wrong one")
  }

  @Test(arguments: ["classes.txt", "objectInfo150.txt"]) func pipesAndLinksToNothingAreErrors(name: String) throws {
    let folder = try folder([:])
    let path = "\(folder.path)/\(name)"
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: LabelSpaceError.unreadable(file: path, reason: "it is a pipe, not a file")) {
      try DatasetFolder(at: folder.path)
    }
    unlink(path)
    #expect(symlink("nothing", path) == 0)
    #expect(throws: LabelSpaceError.unreadable(file: path, reason: "there is no such file")) {
      try DatasetFolder(at: folder.path)
    }
  }
}
