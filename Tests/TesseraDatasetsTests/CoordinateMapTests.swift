import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

/// Image and mask follow one map; compared with plain loops.
@Suite struct CoordinateMapTests {
  private let sample = NoisePictures().sample(at: 2)
  private var width: Int { sample.mask.width }
  private var height: Int { sample.mask.height }

  private func expectSame(_ a: Sample, _ b: Sample, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(a.pixels == b.pixels && a.mask == b.mask, sourceLocation: sourceLocation)
  }

  @Test func nothingMovesWhereEachPixelIsItsOwn() {
    expectSame(CoordinateMap { ($0, $1) }.applied(to: sample), sample)
    expectSame(CoordinateMap.mirrored(columns: false, rows: false).applied(to: sample), sample)
  }

  @Test(arguments: [(true, false), (false, true), (true, true)]) func mirrorsAreExact(columns: Bool, rows: Bool) {
    let (w, h) = (Float(width), Float(height))
    let mirrored = CoordinateMap.mirrored(columns: columns, rows: rows).applied(to: sample)
    expectSame(CoordinateMap { (columns ? w - $0 : $0, rows ? h - $1 : $1) }.applied(to: sample), mirrored)
    for y in 0..<height {
      for x in 0..<width {
        let source = (rows ? height - 1 - y : y) * width + (columns ? width - 1 - x : x)
        #expect(mirrored.mask.indices[y * width + x] == sample.mask.indices[source])
        #expect(mirrored.image.pixels[3 * (y * width + x) + 1] == sample.image.pixels[3 * source + 1])
      }
    }
  }

  @Test func aQuarterTurnMovesWholePixels() {
    let side = Float(width)
    let turned = CoordinateMap { x, y in (y, side - x) }.applied(to: sample)
    for y in 0..<height {
      for x in 0..<width {
        let source = (width - 1 - x) * width + y
        #expect(turned.mask.indices[y * width + x] == sample.mask.indices[source])
        #expect(turned.image.pixels[3 * (y * width + x)] == sample.image.pixels[3 * source])
      }
    }
  }

  /// Bilinear and nearest, in Double; what comes from beside the picture is void.
  @Test(arguments: [255, nil] as [Int?]) func pixelsBetweenPixelsAreMixed(void: Int?) {
    let sample = NoisePictures(void: void).sample(at: 2)
    let (angle, scale) = (0.4, 1.1)
    @Sendable func source(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      let (dx, dy) = (x - 24, y - 24)
      return (
        24 + scale * (cos(angle) * dx + sin(angle) * dy) + 1.3, 24 + scale * (-sin(angle) * dx + cos(angle) * dy) - 2.1
      )
    }
    let moved = CoordinateMap { x, y in
      let point = source(Double(x), Double(y))
      return (Float(point.x), Float(point.y))
    }.applied(to: sample)
    let beside = SourceOracle(sample: sample, source: source).expect(moved)
    #expect(void == nil ? beside == 0 : beside > 100)
  }

  @Test func twoMapsAreOne() {
    let (a, b) = (CoordinateMap { ($0 + 3, $1 - 2) }, CoordinateMap { ($1, $0) })
    let size = ImageSize(width: width, height: height)
    // Whole pixels: one after the other gives the same.
    expectSame(
      a.followed(by: b, in: size).applied(to: sample), b.applied(to: a.applied(to: sample)))
    let mirror = CoordinateMap.mirrored(columns: true, rows: false)
    expectSame(
      a.followed(by: mirror, in: size).applied(to: sample), mirror.applied(to: a.applied(to: sample)))
    expectSame(mirror.followed(by: mirror, in: size).applied(to: sample), sample)
  }

  @Test func tensorsAndDeepPicturesMoveLikeOthers() {
    let map = CoordinateMap { x, y in (x * 0.9 + 1.7, y * 1.1 - 2.2) }
    let moved = map.applied(to: sample)
    var deep = sample
    deep.image = Image(
      width: width, height: height, channels: 3, samples: .sixteenBit(sample.image.pixels.map { UInt16($0) * 257 }))
    var numbers = sample
    numbers.pixels = Pixels(sample.pixels.tensor)
    let (deeper, others) = (map.applied(to: deep), map.applied(to: numbers))
    #expect(deeper.mask == moved.mask && others.mask == moved.mask)
    #expect(zip(deeper.image.pixels, moved.image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    for (pixel, index) in moved.mask.indices.enumerated() where index != 255 {
      #expect(abs(others.pixels.tensor.scalars[3 * pixel] - Float(moved.image.pixels[3 * pixel])) < 0.51)
    }
  }

  @Test func pointsThatAreNoNumbersAreBesideThePicture() {
    let moved = CoordinateMap { _, _ in (.nan, .infinity) }.applied(to: sample)
    #expect(moved.mask.indices.allSatisfy { $0 == 255 })
  }
}
