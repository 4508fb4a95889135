import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraInspection
import TesseraTensors
import Testing

/// What is found in sound data, and in copies with one fault each.
@Suite struct InspectionTests {
  @Test(arguments: Corpus.present) func soundDataRaiseNoDoubt(corpus: Corpus) throws {
    let inspection = try DataCopy(of: corpus).inspection()
    let doubts = inspection.findings.filter { $0.severity != .note }
    #expect(doubts.isEmpty, "\(doubts.map { "\($0.check): \($0.summary) \($0.places.map(\.text))" })")
  }

  private func expectFound(_ damage: Damage, in corpus: Corpus) throws {
    let copy = try DataCopy(of: corpus)
    try damage.make(copy)
    let findings = try copy.inspection().findings
    let said = findings.map { "\($0.severity) \($0.check): \($0.summary) \($0.places.prefix(3).map(\.text))" }
    let found = findings.first { $0.check == damage.check && $0.severity == damage.severity }
    let finding = try #require(found, "\(said)")
    #expect(finding.summary.contains(damage.words), "\(said)")
    if let files = damage.files { #expect(finding.places.count == files, "\(finding.places.map(\.text))") }
    #expect(!finding.remedy.isEmpty)
  }

  @Test(arguments: Damage.files, Corpus.present) func aFaultOfAFileIsFound(damage: Damage, corpus: Corpus) throws {
    if !damage.without.contains(corpus) { try expectFound(damage, in: corpus) }
  }

  @Test(arguments: Damage.masks, Corpus.present) func aFaultOfAMaskIsFound(damage: Damage, corpus: Corpus) throws {
    if !damage.without.contains(corpus) { try expectFound(damage, in: corpus) }
  }

  @Test func aStrayValueIsNamedWithItsPixel() throws {
    let copy = try DataCopy(of: .scenes)
    let pair = try copy.pairs()[2]
    try copy.changeMasks([pair]) {
      var mask = $0
      mask.indices[17 * mask.width + 31] = 77
      return mask
    }
    let finding = try #require(try copy.inspection().findings.first { $0.check == "values" })
    let place = try #require(finding.places.first)
    #expect(place.file == pair.mask && place.pixel?.x == 31 && place.pixel?.y == 17)
    #expect(place.detail == "holds 77 (1 px); the first is 77")
    #expect(finding.command?.contains("'77 = void' '* = *' > classes-map.txt && tessera train unet --data ") == true)
  }

  @Test func aClassThatScalingRemovesIsNamedWithASizeThatKeepsIt() throws {
    let copy = try DataCopy(of: .scenes)
    let names = try String(contentsOfFile: copy.folder + "/classes.txt", encoding: .utf8) + "\npole\n"
    try Data(names.utf8).write(to: URL(filePath: copy.folder + "/classes.txt"))
    // A pole of two columns, which every fifth column misses and one of five in two shows.
    try copy.changeMasks(Array(copy.pairs().prefix(6))) {
      var mask = $0
      for y in 20..<90 { for x in 80..<82 { mask.indices[y * mask.width + x] = 10 } }
      return mask
    }
    let size = ImageSize(width: 32, height: 24)
    let finding = try #require(try copy.inspection(imageSize: size).findings.first { $0.check == "vanishing" })
    #expect(finding.summary.contains("pole (100.0 % of 6 masks)"))
    #expect(finding.places.count >= 6)
    #expect(finding.command?.hasSuffix(" --image-size 64x48") == true, "\(finding.command ?? "")")
  }

  @Test func theSameIsFoundWithAnyNumberOfThreads() throws {
    let copy = try DataCopy(of: .scenes)
    for damage in [Damage.files[2], Damage.masks[0], Damage.masks[13]] { try damage.make(copy) }
    func summary(threads: Int) throws -> [String] {
      try ComputeContext.$current.withValue(ComputeContext(threads: threads)) {
        try copy.inspection().findings.map { "\($0.check) \($0.summary) \($0.places.map(\.text)) \($0.command ?? "")" }
      }
    }
    #expect(try summary(threads: 1) == summary(threads: 3))
  }

  @Test func weightsFollowTheMedianFrequency() throws {
    let copy = try DataCopy(of: .scenes)
    // Three quarters of class 0 and a quarter of class 1 in each.
    try copy.changeMasks(copy.allPairs()) { mask in
      Mask(
        width: mask.width, height: mask.height,
        indices: mask.indices.indices.map { $0 % 4 == 0 ? 1 : 0 }, labelSpace: mask.labelSpace)
    }
    let balance = try #require(try copy.inspection().balance)
    #expect(balance.classes.prefix(2).map(\.share) == [0.75, 0.25])
    #expect(balance.weights == [0.667, 2] + [Double](repeating: 1, count: 8))
    #expect(balance.imbalance == 3 && balance.loss.hasPrefix("cross-entropy without weights"))
  }

  @Test func theListsNameThePicturesWithoutFaults() throws {
    let copy = try DataCopy(of: .scenes)
    try Damage.files[2].make(copy)
    let lists = try copy.inspection().lists
    let names = try copy.pairs("training").map {
      (($0.image as NSString).lastPathComponent as NSString).deletingPathExtension
    }
    #expect(lists["training.txt"] == names.filter { $0 != "scene-11" }.map { "\($0)\n" }.joined())
    #expect(lists["unreadable.txt"] == "\(copy.folder)/images/training/scene-11.jpg\n")
    #expect(lists["validation.txt"]?.split(separator: "\n").count == 5)
  }
}
