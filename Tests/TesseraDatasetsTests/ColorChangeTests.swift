import Foundation
import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

@Suite struct ColorChangeTests {
  private static let picture: Image = {
    var random = RandomStream(seed: 12)
    // 37 x 11: a number of pixels that no vector divides; corners of the color cube among them.
    var pixels = (0..<37 * 11 * 3).map { _ in UInt8(random.index(below: 256)) }
    pixels.replaceSubrange(
      0..<30,
      with: [
        0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0, 0, 255, 255, 255, 0, 255, 90, 90, 90, 7,
        7, 8,
      ])
    return Image(width: 37, height: 11, channels: 3, pixels: pixels)
  }()

  /// Red, green and blue with the hue turned by `degrees`, by way of HSV as the textbooks have it.
  private func turned(_ color: [Double], by degrees: Double) -> [Double] {
    let (greatest, least) = (color.max()!, color.min()!)
    let chroma = greatest - least
    guard chroma > 0 else { return color }
    let hue: Double
    if greatest == color[0] {
      hue = 60 * (color[1] - color[2]) / chroma
    } else if greatest == color[1] {
      hue = 60 * (color[2] - color[0]) / chroma + 120
    } else {
      hue = 60 * (color[0] - color[1]) / chroma + 240
    }
    let angle = (hue + degrees + 720).truncatingRemainder(dividingBy: 360) / 60
    let middle = chroma * (1 - abs(angle.truncatingRemainder(dividingBy: 2) - 1))
    let parts: [Double] =
      switch Int(angle) {
      case 0: [chroma, middle, 0]
      case 1: [middle, chroma, 0]
      case 2: [0, chroma, middle]
      case 3: [0, middle, chroma]
      case 4: [middle, 0, chroma]
      default: [chroma, 0, middle]
      }
    return parts.map { $0 + least }
  }

  private func reference(_ image: Image, _ change: ColorChange) -> [Double] {
    func gray(_ color: [Double]) -> Double { 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] }
    let pixels = image.pixels.map { Double($0) * Double(change.brightness) }
    let colors = stride(from: 0, to: pixels.count, by: 3).map { Array(pixels[$0..<$0 + 3]) }
    let mean = colors.map(gray).reduce(0, +) / Double(colors.count)
    return colors.flatMap { color in
      let contrasted = color.map { ($0 - mean) * Double(change.contrast) + mean }
      let own = gray(contrasted)
      let saturated = contrasted.map { min(max(own + ($0 - own) * Double(change.saturation), 0), 255) }
      return turned(saturated, by: 60 * Double(change.hue))
    }
  }

  @Test(
    arguments: [
      (1, 1, 1, 0), (0.8, 1, 1, 0), (1.2, 1, 1, 0), (1, 0.8, 1, 0), (1, 1.2, 1, 0), (1, 1, 0, 0), (1, 1, 1.2, 0),
      (1, 1, 1, 0.3), (1, 1, 1, -0.3), (1, 1, 1, 1), (1, 1, 1, -1), (1, 1, 1, 3), (1, 1, 1, -2.75),
      (1.1, 0.9, 1.15, 0.21),
      (0.83, 1.19, 0.81, -0.29),
    ] as [(Float, Float, Float, Float)])
  func changesAreThoseOfADoubleReference(factors: (Float, Float, Float, Float)) {
    let change = ColorChange(brightness: factors.0, contrast: factors.1, saturation: factors.2, hue: factors.3)
    let changed = change.applied(to: Self.picture)
    for (own, expected) in zip(changed.pixels, reference(Self.picture, change)) {
      // Half a level of rounding, and what 32 bits lose where a hue is ill-defined.
      #expect(abs(Double(own) - expected) <= 0.51)
    }
  }

  @Test func noChangeChangesNothing() {
    let change = ColorChange(brightness: 1, contrast: 1, saturation: 1, hue: 0)
    #expect(change.applied(to: Self.picture) == Self.picture)
    let gray = Image(width: 16, height: 16, channels: 1, pixels: (0..<256).map { UInt8($0) })
    #expect(change.applied(to: gray) == gray)
  }

  @Test func aSixthOfTheCircleMakesYellowOfRed() {
    let red = Image(width: 1, height: 1, channels: 3, pixels: [200, 20, 20])
    let turned = ColorChange(brightness: 1, contrast: 1, saturation: 1, hue: 1).applied(to: red)
    #expect(turned.pixels == [200, 200, 20])
    let back = ColorChange(brightness: 1, contrast: 1, saturation: 1, hue: -1).applied(to: turned)
    #expect(back == red)
  }

  @Test func graysFollowBrightnessAndContrastAsColorsDo() {
    let gray = Image(width: 16, height: 16, channels: 1, pixels: (0..<256).map { UInt8($0) })
    let color = Image(
      width: 16, height: 16, channels: 3, pixels: (0..<256).flatMap { [UInt8($0), UInt8($0), UInt8($0)] })
    let change = ColorChange(brightness: 1.13, contrast: 0.87, saturation: 1.1, hue: 0.2)
    let (own, expected) = (change.applied(to: gray).pixels, change.applied(to: color).pixels)
    for level in 0..<256 { #expect(abs(Int(own[level]) - Int(expected[3 * level])) <= 1) }
  }

  @Test func drawnChangesFillTheirRanges() {
    let changes = (0..<2000).map { ColorChange(random: RandomStream(seed: 4).derived("color", $0)) }
    for (values, range) in [
      (changes.map(\.brightness), 0.8...1.2), (changes.map(\.contrast), 0.8...1.2),
      (changes.map(\.saturation), 0.8...1.2), (changes.map(\.hue), -0.3...0.3),
    ] as [([Float], ClosedRange<Float>)] {
      let width = range.upperBound - range.lowerBound
      #expect(values.allSatisfy(range.contains))
      #expect(values.min()! < range.lowerBound + 0.01 * width && values.max()! > range.upperBound - 0.01 * width)
      // Four standard errors of a uniform distribution's mean.
      let middle = (range.lowerBound + range.upperBound) / 2
      #expect(abs(values.reduce(0, +) / 2000 - middle) < 4 * width / Float(12 * 2000).squareRoot())
    }
  }
}
