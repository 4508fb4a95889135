import TesseraImaging
import Testing

@testable import TesseraPictures

/// Pictures for reports are bounded, whatever the files' numbers and names are.
@Suite struct BoundedPictureTests {
  private func space(_ count: Int, void: Int? = nil) -> LabelSpace {
    LabelSpace(names: (0..<count).map { "class \($0)" }, void: void)
  }

  @Test func aConfusionMatrixShowsTheClassesWithTheMostPixels() {
    let count = 500
    var counts = [Int](repeating: 0, count: count * count)
    // Class k has k pixels, all of them taken for class k - 1; class 0 has none but is predicted.
    for index in 1..<count { counts[index * count + index - 1] = index }
    let table = ConfusionTable(
      counts: counts, predictedVoid: .init(repeating: 0, count: count), labelSpace: space(count))
    #expect(table.columns == Array(100..<500) && table.rows.map(\.index) == Array(100..<500))
    #expect(table.smaller == 100 && table.leftOut == 0)
    #expect(table.share(5, 4) == 1 && table.rows[5].total == 105)
    // What the first row's pixels were taken for is not shown, but counts.
    #expect(table.rows[0].total == 100 && table.rows[0].pixels.allSatisfy { $0 == 0 })
  }

  @Test func aMatrixOfManyClassesThatDoNotOccurIsSmall() {
    let count = 2000
    var counts = [Int](repeating: 0, count: count * count)
    counts[7 * count + 1999] = 3
    let table = ConfusionTable(
      counts: counts, predictedVoid: .init(repeating: 0, count: count), labelSpace: space(count))
    #expect(table.columns == [7, 1999] && table.leftOut == 1998 && table.smaller == 0)
  }

  @Test func aLegendSaysHowManyMoreThereAre() {
    let space = space(65536)
    let all = Legend(Array(0..<65536), of: space, width: 1000)
    #expect(all.height < 2000)
    #expect(
      Legend(Array(0..<240), of: space, width: 1000).height > Legend(Array(0..<200), of: space, width: 1000).height)
  }

  @Test(arguments: [0, 5, 17, 40, 100_000]) func namesAreCutWhereTheyNoLongerFit(length: Int) {
    let text = String((0..<length).map { Array("Wil. é")[$0 % 6] })
    let font = BitmapFont.standard
    for limit in [0, 12, 60, 200] {
      let short = font.shortened(text, toWidth: limit)
      if font.width(of: text) <= limit {
        #expect(short == text)
      } else {
        let start = short.dropLast(3)
        #expect(short.hasSuffix("...") && text.hasPrefix(start))
        #expect(start.isEmpty || font.width(of: short) <= limit)
        #expect(font.width(of: String(text.prefix(start.count + 1)) + "...") > limit)
      }
    }
  }

  @Test func manyColorsRepeat() {
    let colors = Palette.distinct(65536)
    let period = Set(colors).count
    #expect(period > 150 && colors[...1000] == Palette.distinct(1001)[...])
  }

  @Test func aNarrowHighPictureIsNotEnlargedWithoutBound() {
    let space = space(2)
    let mask = Mask(width: 1, height: 3000, indices: .init(repeating: 1, count: 3000), labelSpace: space)
    let photograph = Image(width: 1, height: 3000, color: .white)
    let picture = PredictionPicture(of: photograph, truth: mask, prediction: mask).image
    #expect(picture.height < 3200 && picture.width < 200)
    #expect(PictureStrip(of: photograph, truth: mask, prediction: mask).image.height == 3000)
  }
}
