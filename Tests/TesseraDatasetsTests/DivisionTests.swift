import Foundation
import TesseraImaging
import Testing

@testable import TesseraDatasets

/// Which pictures are for training and which for validation, folders that are joined, and other classes.
@Suite struct DivisionTests {
  private func flat(_ names: [String], values: [UInt16] = [0, 1, 2], classes: String? = "a\nb\nc\n") throws
    -> TemporaryFolder
  {
    let folder = try TemporaryFolder()
    if let classes { try folder.addText("classes.txt", classes) }
    for name in names {
      try folder.addImage("images/\(name).png")
      try folder.addMask("masks/\(name).png", values: values)
    }
    return folder
  }

  private func names(_ folder: DatasetFolder, _ split: DatasetSplit, seed: UInt64 = 1234) throws -> [String] {
    try folder.dataset(split, seed: seed).files.map(\.name)
  }

  private let ten = (0..<10).map { "p\($0)" }

  @Test func aShareIsChosenByTheSeed() throws {
    let folder = try flat(ten)
    var opened = try DatasetFolder(at: folder.path)
    let cache = opened.cacheName(.training, size: 16)
    opened.division = .share(0.3)
    let validation = try names(opened, .validation)
    #expect(validation.count == 3 && opened.drawsHeldOut)
    #expect(try Set(names(opened, .training)) == Set(ten).subtracting(validation))
    #expect(try names(opened, .validation, seed: 1) != validation || names(opened, .validation, seed: 2) != validation)
    #expect(opened.cacheName(.training, size: 16) != cache)
    let note = try #require(try opened.heldOut(seed: 7))
    #expect(note.share == 0.3 && HeldOutPictures(text: note.text) == note)
    #expect(HeldOutPictures(text: note.text.replacingOccurrences(of: "0.3", with: "3")) == nil)
    // Of a tenth nothing is said, as in earlier versions.
    opened.division = .found
    #expect(try #require(try opened.heldOut(seed: 7)).text.contains("share") == false)
  }

  @Test func listsMayNameFoldersAndExtensions() throws {
    let folder = try flat(ten)
    try folder.addText("val.txt", "p1\nimages/p2.png\n/data/images/p3.png /data/masks/p3.png\n\n# p4\n")
    try folder.addText("train.txt", "p5.png\np6\n")
    var opened = try DatasetFolder(at: folder.path)
    let (train, val) = (
      try SplitList(contentsOf: "\(folder.path)/train.txt"), try SplitList(contentsOf: "\(folder.path)/val.txt")
    )
    opened.division = .lists(training: nil, validation: val)
    #expect(try names(opened, .validation) == ["p1", "p2", "p3"] && names(opened, .training).count == 7)
    opened.division = .lists(training: train, validation: val)
    #expect(try names(opened, .training) == ["p5", "p6"] && !opened.drawsHeldOut && opened.heldOut(seed: 1) == nil)
    opened.division = .lists(training: train, validation: nil)
    #expect(try names(opened, .validation).count == 8)
    try folder.addText("bad.txt", "p1\npp\n")
    opened.division = .lists(training: nil, validation: try SplitList(contentsOf: "\(folder.path)/bad.txt"))
    #expect(
      throws: DatasetError.unknownNames(list: "\(folder.path)/bad.txt", ["pp"], folder: folder.path)
    ) { try opened.dataset(.training) }
    try folder.addText("all.txt", ten.joined(separator: "\n"))
    opened.division = .lists(training: try SplitList(contentsOf: "\(folder.path)/all.txt"), validation: nil)
    #expect(throws: DatasetError.nothingLeft(folder: folder.path, split: .validation)) {
      try opened.dataset(.validation)
    }
    #expect(throws: DatasetError.self) { try SplitList(contentsOf: "\(folder.path)/none.txt") }
  }

  @Test func foldersAreJoinedByTheirClassesNames() throws {
    let (first, second) = (try flat(["x", "y"]), try flat(["x", "z"], classes: "c\na\nb\n"))
    let joined = try DatasetFolder(at: first.path).joined(with: [DatasetFolder(at: second.path)])
    let dataset = try joined.dataset(.training)
    let all = dataset.files + (try joined.dataset(.validation)).files
    #expect(all.count == 4 && Set(all.map(\.name)).count == 4 && all.contains { $0.name == "y" })
    let index = try #require(dataset.files.firstIndex { $0.mask.hasPrefix(second.path) })
    #expect(try dataset.mask(at: index).indices.prefix(3) == [2, 0, 1])
    #expect(try DatasetSurvey(of: dataset).pixels.values.reduce(0, +) == dataset.count * 48)
    let other = try flat(["x", "z"], classes: "a\nb\nd\n")
    let error = #expect(throws: DatasetError.self) {
      try DatasetFolder(at: first.path).joined(with: [DatasetFolder(at: other.path)])
    }
    #expect("\(try #require(error))".contains("has other classes than the data it is joined with: class 2 is \"d\" in"))
  }

  @Test func unnamedClassesOfJoinedFoldersAreNumbers() throws {
    let (first, second) = (
      try flat(["x", "y"], values: [0, 1], classes: nil), try flat(["z", "w"], values: [0, 1, 2], classes: nil)
    )
    let joined = try DatasetFolder(at: first.path).joined(with: [DatasetFolder(at: second.path)])
    #expect(joined.labelSpace.count == 3)
  }

  @Test func aMapMergesRenamesAndDropsClasses() throws {
    let folder = try flat(ten, values: [0, 1, 2, 255])
    try folder.addText("map.txt", "# two and one\na = thing\nB = thing\nc = other\n")
    let mapped = try DatasetFolder(at: folder.path).mapped(by: ClassMap(contentsOf: "\(folder.path)/map.txt"))
    #expect(mapped.labelSpace.classes.map(\.name) == ["thing", "other"] && mapped.labelSpace.void == 255)
    let dataset = try mapped.dataset(.training)
    #expect(try dataset.mask(at: 0).indices.prefix(4) == [0, 0, 1, 255])
    #expect(try dataset.sample(at: 0, width: 8, height: 6).mask.indices.prefix(4) == [0, 0, 1, 255])
    let survey = try DatasetSurvey(of: dataset)
    #expect(survey.pixels == [0: 9 * 24, 1: 9 * 12, 255: 9 * 12])
    #expect(
      mapped.cacheName(.training, size: 16) != (try DatasetFolder(at: folder.path)).cacheName(.training, size: 16))
    #expect(dataset.fingerprint != (try DatasetFolder(at: folder.path).dataset(.training)).fingerprint)
    let kept = try DatasetFolder(at: folder.path).mapped(by: ClassMap(keeping: ["c", "a"]))
    #expect(kept.labelSpace.classes.map(\.name) == ["c", "a"])
    #expect(try kept.dataset(.training).mask(at: 0).indices.prefix(4) == [1, 255, 0, 255])
  }

  @Test func aVoidAmongTheClassesStaysVoid() throws {
    let space = LabelSpace(names: ["other", "sky", "road"], void: 0)
    let (labelSpace, indices) = try ClassMap(keeping: ["road", "sky"]).applied(to: space)
    #expect(labelSpace.classes.map(\.name) == ["road", "sky"] && labelSpace.void == 255)
    #expect(indices == [0: 255, 1: 1, 2: 0] && labelSpace.classes[0].color == space.classes[2].color)
  }

  @Test func aMapMakesVoidNoClass() throws {
    let space = LabelSpace(names: ["other", "sky", "road"], void: 0)
    let folder = try TemporaryFolder()
    try folder.addText("map.txt", "Other = road\n* = *\n")
    let map = try ClassMap(contentsOf: "\(folder.path)/map.txt")
    let error = #expect(throws: ClassMapError.self) { try map.applied(to: space) }
    #expect(
      error?.mistakes == [
        "\"Other\" is void, which stays void, not road: remove its line, or make it a class with --void none"
      ])
    // A number that no class has is a value of masks, also where it would be void: in black and white masks it is a
    // class.
    try folder.addText("map.txt", "0 = ground\n255 = things\n")
    let values = try ClassMap(contentsOf: "\(folder.path)/map.txt")
    let (labelSpace, indices) = try values.applied(to: LabelSpace(names: ["ground"], void: 255))
    #expect(labelSpace.classes.map(\.name) == ["ground", "things"] && indices == [0: 0, 255: 1])
  }

  @Test func starsStandForTheRest() throws {
    let space = LabelSpace(names: ["a", "b", "c", "d"], void: nil)
    let folder = try TemporaryFolder()
    func applied(_ text: String) throws -> [String] {
      try folder.addText("map.txt", text)
      return try ClassMap(contentsOf: "\(folder.path)/map.txt").applied(to: space).labelSpace.classes.map(\.name)
    }
    #expect(try applied("a = x\n* = other") == ["x", "other"])
    #expect(try applied("c\tx\n* = *") == ["x", "a", "b", "d"])
    #expect(try applied("1: x\n2: y\n*: void") == ["x", "y"])
    func complaint(_ text: String) -> String {
      do { return "\(try applied(text))" } catch {
        return "\(error)".replacingOccurrences(of: folder.path, with: "DIR")
      }
    }
    #expect(
      complaint("a = x\ne = y\nb = y")
        == "DIR/map.txt: \"e\" is none of the classes (a, b, c, d); 2 classes have no line: c, d; add them, or a line * = "
        + "void, * = other or * = *")
    #expect(complaint("a = x\nA = y\n* = z").contains("\"A\" has two new classes"))
    #expect(complaint("a\n") == "DIR/map.txt: line 1 must be old = new; it is a")
    #expect(complaint("") == "DIR/map.txt: has no line old = new")
    #expect(complaint("* = void") == "DIR/map.txt: leaves no class, but at least 2 are needed")
    #expect(try applied("* = *") == ["a", "b", "c", "d"])
    #expect(complaint("a = x\n* = x") == "DIR/map.txt: leaves 1 class, but at least 2 are needed")
  }

  @Test func coloredMasksAreReadAgainIfTheirTableChanges() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b"] {
      try folder.addImage("images/\(name).png")
      try folder.addColors("masks/\(name).png", [Color(255, 0, 0), Color(0, 255, 0)])
    }
    func survey(_ table: String, _ earlier: DataRecord) throws -> (DatasetSurvey, DataRecord) {
      try folder.addText("class_dict.csv", "name,r,g,b\n\(table)")
      let surveyor = DataSurveyor(of: folder.path, knowing: earlier)
      let dataset = try DatasetFolder(at: folder.path, surveyor: surveyor).dataset(.training)
      return (try DatasetSurvey(of: dataset, by: surveyor), surveyor.record)
    }
    let (first, record) = try survey("red,255,0,0\ngreen,0,255,0\n", DataRecord())
    #expect(first.pixels == [0: 24, 1: 24])
    let again = try survey("red,255,0,0\ngreen,0,255,0\n", record)
    #expect(again.0.pixels == first.pixels && again.1 == record)
    #expect(try survey("green,0,255,0\nred,255,0,0\nblue,0,0,255\n", record).0.pixels == [0: 24, 1: 24])
    #expect(try survey("blue,0,0,255\nred,255,0,0\ngreen,0,255,0\n", record).0.pixels == [1: 24, 2: 24])
  }
}
