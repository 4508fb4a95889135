import Foundation
import TesseraImaging
import Testing

@Suite struct LabelSpaceTests {
  private func read(_ text: String, _ reader: (String) throws -> LabelSpace) throws -> Result<
    LabelSpace, LabelSpaceError
  > {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array(text.utf8), to: "names.txt")
    do { return .success(try reader(path)) } catch let error as LabelSpaceError {
      // The folder's name changes from run to run.
      switch error {
      case .badLines(_, let lines): return .failure(.badLines(file: "names.txt", lines))
      case .noClasses: return .failure(.noClasses(file: "names.txt"))
      case .unreadable(_, let reason): return .failure(.unreadable(file: "names.txt", reason: reason))
      case .disagreement: return .failure(error)
      }
    }
  }

  @Test func ade20kHas150ClassesAndOther() {
    let space = LabelSpace.ade20k
    #expect(space.count == 151 && space.void == 0)
    #expect(space.name(of: 0) == "other" && space.color(of: 0) == .black)
    #expect(space.name(of: 1) == "wall" && space.color(of: 1) == Color(120, 120, 120))
    #expect(space.name(of: 13) == "person" && space.color(of: 13) == Color(150, 5, 61))
    #expect(space.name(of: 150) == "flag" && space.color(of: 150) == Color(92, 0, 255))
    #expect(Set(space.classes.map(\.name)).count == 151)
  }

  static let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/ade20k-sample").standardized.path

  @Test(.enabled(if: FileManager.default.fileExists(atPath: sample), "needs ../shared/data"))
  func ade20kIsWhatTheDataSetSays() throws {
    #expect(try LabelSpace(objectInfo: "\(Self.sample)/objectInfo150.txt") == .ade20k)
    let table = try String(contentsOfFile: "\(Self.sample)/color150.csv", encoding: .utf8)
    let colors = table.split(whereSeparator: \.isNewline).dropFirst().map { line in
      let parts = line.split(separator: ",").compactMap { UInt8($0) }
      return Color(parts[0], parts[1], parts[2])
    }
    #expect(LabelSpace.ade20k.classes.dropFirst().map(\.color) == colors)
    for number in 1...3 {
      let mask = try Mask(
        contentsOf: "\(Self.sample)/annotations/validation/ADE_val_0000000\(number).png", labelSpace: .ade20k)
      #expect(mask.histogram.count > 3)
    }
  }

  @Test func classNamesAreLines() throws {
    let space = try read("\u{FEFF}unlabelled\r\n sky \r\nroad\n\n\n") { try LabelSpace(classNames: $0, void: 0) }.get()
    #expect(space.classes.map(\.name) == ["unlabelled", "sky", "road"])
    #expect(space.void == 0 && space.color(of: 0) == .black)
    #expect(Set(space.classes.map(\.color)).count == 3)
  }

  @Test func objectInfoTakesTheFirstOfSeveralNames() throws {
    let text = "Idx\tRatio\tTrain\tVal\tName\n1\t0.1\t11\t1\tbed \n2\t0.1\t60\t6\tbuilding, edifice\n"
    let space = try read(text) { try LabelSpace(objectInfo: $0) }.get()
    #expect(space.classes.map(\.name) == ["other", "bed", "building"] && space.void == 0)
  }

  @Test func badFilesSayEverythingAtOnce() throws {
    let info = "Idx\tRatio\tTrain\tVal\tName\n1\t0.1\t11\t1\tbed\nwall\n7\t0.1\t60\t6\tsky\n"
    #expect(
      try read(info) { try LabelSpace(objectInfo: $0) }
        == .failure(
          .badLines(
            file: "names.txt",
            [
              "line 3 must have 5 fields separated by tabs, the last a name; it has 1",
              "line 4 must have index 2; it has 7",
            ])))
    #expect(
      try read("a\n\nb\n\nc") { try LabelSpace(classNames: $0, void: nil) }
        == .failure(
          .badLines(
            file: "names.txt",
            [
              "line 2 is empty, but line numbers are indices: name the class",
              "line 4 is empty, but line numbers are indices: name the class",
            ])))
    #expect(
      try read("\n \n") { try LabelSpace(classNames: $0, void: nil) } == .failure(.noClasses(file: "names.txt")))
    let missing = #expect(throws: LabelSpaceError.self) { try LabelSpace(classNames: "/none.txt", void: nil) }
    #expect(missing?.localizedDescription == "/none.txt: the class names cannot be read: there is no such file")
  }

  @Test func voidOutsideTheClassesHasANameAndAColor() {
    let space = LabelSpace(names: ["a", "b"], void: 255)
    #expect(space.count == 2 && space.contains(255) && !space.contains(2))
    #expect(space.name(of: 255) == "void" && space.color(of: 255) == .black)
    #expect(space.name(of: 7) == "class 7" && space.color(of: 7) == Color(255, 0, 255))
  }

  @Test(arguments: [2, 12, 40, 151])
  func defaultColorsAreDistinctAndStable(count: Int) {
    let colors = Palette.distinct(count)
    #expect(colors.count == count && Set(colors).count == count)
    #expect(colors == Array(Palette.distinct(200).prefix(count)))
    var least = Int.max
    for (position, color) in colors.enumerated() {
      for other in colors[..<position] { least = min(least, distance(color, other)) }
    }
    #expect(least >= (count <= 12 ? 60 : count <= 40 ? 25 : 8))
    #expect(colors.allSatisfy { $0.luma > 40 && $0.luma < 235 })
  }

  private func distance(_ left: Color, _ right: Color) -> Int {
    let red = abs(Int(left.red) - Int(right.red))
    let green = abs(Int(left.green) - Int(right.green))
    return red + green + abs(Int(left.blue) - Int(right.blue))
  }

  @Test func defaultColorsOutliveTheirCandidates() {
    #expect(Palette.distinct(2000).count == 2000)
  }

  @Test func labelSpacesSurviveJSON() throws {
    let space = LabelSpace(names: ["a", "b"], void: 255)
    #expect(try JSONDecoder().decode(LabelSpace.self, from: JSONEncoder().encode(space)) == space)
  }
}
