import TesseraImaging
import TesseraPictures
import Testing

@Suite struct ConfusionPictureTests {
  private func space(_ count: Int, void: Int? = nil) -> LabelSpace {
    LabelSpace(names: (0..<count).map { "class \($0)" }, void: void)
  }

  private func picture(_ counts: [Int], _ space: LabelSpace, predictedVoid: [Int]? = nil) -> Image {
    ConfusionPicture(
      counts: counts, predictedVoid: predictedVoid ?? .init(repeating: 0, count: space.count), labelSpace: space
    ).image
  }

  private func diagonal(_ count: Int) -> [Int] { (0..<count * count).map { $0 / count == $0 % count ? 5 : 0 } }

  private func count(_ color: Color, in image: Image) -> Int {
    let pixels = image.pixels
    return stride(from: 0, to: pixels.count, by: 3).count {
      Color(pixels[$0], pixels[$0 + 1], pixels[$0 + 2]) == color
    }
  }

  private func color(of image: Image, x: Int, y: Int) -> Color {
    let start = (y * image.width + x) * 3
    return Color(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
  }

  /// The color that a share of all of a row's pixels has, from a matrix of one class or of two that are exchanged.
  private var fullBlue: Color { color(of: picture([7], space(1)), x: matrixCorner.x + 5, y: matrixCorner.y + 5) }
  /// Where the first cell lies for names of the length of "class 0".
  private var matrixCorner: (x: Int, y: Int) {
    // Margin, axis, gap, name, gap, swatch, gap.
    let name = (4 + 2 + 5 + 5 + 5 + 3 + 5 + 6) * 2
    return (20 + 18 + 8 + name + 8 + 14 + 8, 20 + 18 + 8 + name + 8 + 14 + 8)
  }

  @Test(arguments: [2, 12, 30, 151]) func everyClassHasItsSwatchesAndCells(classes: Int) {
    let labels = space(classes)
    let image = picture(diagonal(classes), labels)
    for index in stride(from: 0, to: classes, by: 7) {
      #expect(count(labels.color(of: index), in: image) >= 2 * 7 * 7, "swatches before its row and above its column")
    }
    // One cell in full blue for each class, at most some of it covered by its number.
    #expect(count(fullBlue, in: image) >= classes * (classes > 48 ? 144 : 380))
  }

  @Test func rowsAreTruthsAndColumnsPredictions() {
    // All of class 0 is predicted as class 1, class 1 is right.
    let image = picture([0, 8, 0, 3], space(2))
    let (x, y) = matrixCorner
    let cell = 84
    let cells = [(0, 0), (1, 0), (0, 1), (1, 1)].map { color(of: image, x: x + $0 * cell + 3, y: y + $1 * cell + 3) }
    #expect(cells[3] == fullBlue)
    #expect(cells[0] == cells[2], "nothing")
    #expect(cells[1].red > cells[1].blue, "confusion is orange")
    #expect(cells[3].blue > cells[3].red, "agreement is blue")
    let turned = picture([0, 0, 8, 3], space(2))
    #expect(turned != image)
  }

  @Test func sharesAreOfARowsPixels() {
    #expect(picture([1, 3, 2, 2], space(2)) == picture([10, 30, 500, 500], space(2)))
    #expect(picture([1, 3, 2, 2], space(2)) != picture([1, 2, 2, 2], space(2)))
  }

  @Test func classesThatOccurNowhereAreLeftOut() {
    let labels = space(40)
    var counts = [Int](repeating: 0, count: 1600)
    counts[3 * 40 + 3] = 9
    counts[3 * 40 + 17] = 1
    let image = picture(counts, labels)
    for index in [3, 17] { #expect(count(labels.color(of: index), in: image) >= 98) }
    for index in [0, 16, 39] { #expect(count(labels.color(of: index), in: image) == 0) }
    // Class 17 is never true: its row has no shares.
    #expect(count(Color(226, 227, 230), in: image) > 2 * 80 * 80)
  }

  @Test(arguments: [0, 255]) func voidHasAColumnWhereItWasPredicted(void: Int) {
    let classes = 9
    let labels = LabelSpace(
      classes: (0..<classes).map { .init(name: "class \($0)", color: Color(UInt8(10 + $0), 200, 90)) }, void: void)
    var counts = diagonal(classes)
    if void == 0 { counts[0] = 0 }
    let without = picture(counts, labels)
    var predictedVoid = [Int](repeating: 0, count: classes)
    if void == 0 { counts[classes] = 5 } else { predictedVoid[1] = 5 }
    let with = picture(counts, labels, predictedVoid: predictedVoid)
    #expect(with.width == without.width + 46 && with.height == without.height)
    #expect(count(labels.color(of: void), in: with) == 14 * 14 + (void == 255 ? count(.black, in: without) : 0))
  }

  @Test func nothingCountedIsAPictureToo() {
    #expect(picture([0], space(1)).width > 100)
    #expect(picture([], LabelSpace(classes: [], void: nil)).width > 100)
  }

  @Test func namesOfAnyLengthStayInside() {
    let names = ["W", String(repeating: "long ", count: 80)]
    let image = picture([1, 1, 1, 1], LabelSpace(names: names, void: nil))
    #expect(image.width < 700)
    for (left, top, width, height) in [
      (0, 0, image.width, 19), (0, 0, 19, image.height), (image.width - 19, 0, 19, image.height),
      (0, image.height - 12, image.width, 12),
    ] {
      let margin = image.cropped(left: left, top: top, width: width, height: height)
      #expect(count(color(of: image, x: 0, y: 0), in: margin) == width * height)
    }
  }

  @Test func otherNumbersOfCountsStop() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let labels = LabelSpace(names: ["a", "b"], void: nil)
      _ = ConfusionPicture(counts: [1, 2, 3], predictedVoid: [0, 0], labelSpace: labels)
    }
    let message = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
    #expect(message.contains("ConfusionPicture: 2 classes need [2, 2] counts and [2] void ones; got 3 and 2"))
  }
}
