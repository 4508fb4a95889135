import TesseraDatasets
import TesseraImaging
import Testing

/// Which classes masks have that no list names.
@Suite struct MaskSurveyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ values: [UInt16], masks: String) throws {
    for name in ["a", "b"] {
      try folder.addImage("images/\(name).png")
      try folder.addMask("\(masks)/\(name).png", width: 64, height: 64, values: values)
    }
  }

  @Test(
    arguments: [
      ([0, 1, 2], "masks", 3), ([1, 2, 3], "masks", 4), ([0, 2, 255], "masks", 3), ([0, 3], "masks", 4),
      ([0, 1], "annotations", 2), ([1, 2], "annotations", 3), (Array(0...999), "masks", 1000),
    ] as [([UInt16], String, Int)])
  func denseValuesAreClasses(values: [UInt16], masks: String, count: Int) throws {
    try write(values, masks: masks)
    let data = try DatasetFolder(at: folder.path)
    #expect(data.labelSpace.count == count && !data.namesClasses)
  }

  @Test(
    arguments: [
      (
        [0, 206, 210], "masks",
        "the values 0, 206, 210 besides void = 255, so that most of 0...210 never occurs: write them as 0...2, or name all "
          + "211 classes in classes.txt"
      ),
      (
        [24000, 25000, 26000], "masks",
        "the values 24000, 25000, 26000 besides void = 255, so that most of 0...26000 never occurs: write them as 0...2, or "
          + "name all 26001 classes in classes.txt"
      ),
      (
        [0, 65535], "masks",
        "0 and 65535 only: write the second class as 1, or say what the values mean in a map of classes"
      ),
      (
        [0, 255], "annotations",
        "0 and 255 only: write the second class as 1, and if 0 is a class too, let no value be void (--void none), or say what the values mean in a map of classes"
      ),
      (
        [0, 128, 255], "masks",
        "the values 0, 128 besides void = 255, so that most of 0...128 never occurs: write them as 0...1, or name all 129 "
          + "classes in classes.txt"
      ),
      (
        [0, 1, 2, 65535], "masks",
        "the values 0, 1, 2, 65535 besides void = 255: 65535 usually marks pixels without a class: declare it void (--void "
          + "65535)"
      ),
      (
        Array(0...1000), "masks",
        "the values 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 990 more besides void = 255: so many look like object numbers; "
          + "write class numbers, or name all classes in classes.txt"
      ),
    ] as [([UInt16], String, String)])
  func scatteredValuesAreRefusedWithTheRemedy(values: [UInt16], masks: String, message: String) throws {
    try write(values, masks: masks)
    let error = #expect(throws: DatasetError.self) { try DatasetFolder(at: folder.path) }
    #expect(error?.description == "\(folder.path)/\(masks): its masks hold \(message)")
  }

  @Test func aListOfTooManyClassesIsRefused() throws {
    try write([0, 1], masks: "masks")
    try folder.addText("classes.txt", (0...4096).map { "name \($0)\n" }.joined())
    #expect(throws: DatasetError.tooManyClasses(folder: folder.path, count: 4097)) {
      try DatasetFolder(at: folder.path)
    }
  }

  @Test func everyFileThatCannotBeUsedIsTold() throws {
    for name in ["a", "b", "c", "d", "e"] {
      try folder.addImage("images/\(name).png")
      try folder.addMask("masks/\(name).png")
    }
    try folder.addText("classes.txt", "left\nright\n")
    try folder.addText("images/a.png", "")
    try folder.addMask("masks/b.png", values: [0, 7])
    try folder.addImage("images/c.png", width: 6)
    let files = ["a", "b", "c", "d", "e"].map {
      FolderDataset.Files(name: $0, image: "\(folder.path)/images/\($0).png", mask: "\(folder.path)/masks/\($0).png")
    }
    let dataset = FolderDataset(files: files, labelSpace: LabelSpace(names: ["left", "right"], void: 255))
    let error = #expect(throws: DatasetError.self) { try DatasetSurvey(of: dataset) }
    let lines = (error?.description ?? "").split(separator: "\n")
    #expect(lines.first == "3 files cannot be used; fix them or remove the pictures:")
    #expect(lines.count == 4)
    for (line, text) in zip(
      lines.dropFirst(), ["a.png: is not a \(FileFormat.names)", "b.png: mask values 7 (24 px)", "6 x 6"])
    {
      #expect(line.contains(text))
    }
    let whole = try DatasetSurvey(of: dataset.subset([3, 4]))
    #expect(whole.pixels == [0: 48, 1: 48] && whole.count == 2 && whole.uniformMasks == 0)
  }
}
