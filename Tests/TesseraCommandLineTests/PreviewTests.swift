import Foundation
import TesseraCommandLine
import TesseraImaging
import TesseraTerminal
import Testing

@Suite struct PreviewTests {
  private static let labels = LabelSpace(
    classes: [
      .init(name: "sky", color: Color(255, 0, 0)),
      .init(name: "a road that is called at great length", color: Color(0, 0, 255)),
    ], void: 255)

  /// 8 x 4 pixels: sky above road, with a pixel of void.
  private static let mask: Mask = {
    var indices = [UInt16](repeating: 0, count: 16) + [UInt16](repeating: 1, count: 16)
    indices[31] = 255
    return Mask(width: 8, height: 4, indices: indices, labelSpace: labels)
  }()

  private static let image = Image(
    width: 8, height: 4, channels: 1, pixels: (0..<32).map { $0 < 16 ? 255 : 0 })

  private func lines(_ terminal: Terminal) -> [String] {
    PredictionPreview(Self.image, Self.mask, terminal: terminal).text.components(separatedBy: "\n")
  }

  @Test func fullColorsDrawTwoPixelsInACharacter() {
    let terminal = Terminal(canRedraw: true, colors: .full, width: 18, height: 10)
    let half = "\u{2580}"
    let repeated = String(repeating: half, count: 8)
    let bright = "\u{1B}[38;2;255;255;255;48;2;255;255;255m"
    let dark = "\u{1B}[38;2;0;0;0;48;2;0;0;0m"
    let sky = "\u{1B}[38;2;255;0;0;48;2;255;0;0m"
    let road = "\u{1B}[38;2;0;0;255;48;2;0;0;255m"
    #expect(
      lines(terminal) == [
        "\(bright)\(repeated)\u{1B}[0m  \(sky)\(repeated)\u{1B}[0m",
        "\(dark)\(repeated)\u{1B}[0m  \(road)\(String(repeating: half, count: 7))"
          + "\u{1B}[38;2;0;0;255;48;2;0;0;0m\(half)\u{1B}[0m",
        "", "\u{1B}[48;2;255;0;0m  \u{1B}[0m sky        50.0 %  \u{1B}[48;2;0;0;0m  \u{1B}[0m void        3.1 %",
        "\u{1B}[48;2;0;0;255m  \u{1B}[0m a road th… 46.9 %",
      ])
  }

  @Test func terminalsWithoutColorsGetLettersAndShades() {
    for terminal in [
      Terminal(canRedraw: false, width: 18, height: 12),
      Terminal(canRedraw: true, colors: .basic, width: 18, height: 12),
      Terminal(canRedraw: true, colors: .full, showsUnicode: false, width: 18, height: 12),
    ] {
      let found = lines(terminal)
      // Shrinking to half the rows blends the border of light and dark.
      #expect(found.prefix(3) == ["%%%%%%%%  aaaaaaaa", "........  bbbbbbbc", ""])
      #expect(found[3].hasPrefix("a sky ") && found[3].contains("c void"))
      #expect(found[4].hasPrefix("b a road"))
    }
  }

  @Test(arguments: [20, 80, 200]) func picturesFitIntoTheTerminal(width: Int) {
    for (columns, rows) in [(400, 300), (300, 1000), (2000, 50)] {
      let image = Image(width: columns, height: rows, color: .white)
      let mask = Mask(
        width: columns, height: rows, indices: .init(repeating: 0, count: columns * rows), labelSpace: Self.labels)
      let terminal = Terminal(canRedraw: true, width: width, height: 24)
      let lines = PredictionPreview(image, mask, terminal: terminal).text.components(separatedBy: "\n")
      #expect(lines.count < 24 && lines.allSatisfy { $0.count <= max(width, 22) })
      // Characters are twice as high as wide.
      let panel = lines.prefix { !$0.isEmpty }
      let (wide, high) = (Double((panel[0].count - 2) / 2), Double(panel.count))
      #expect(abs(wide / (2 * high) / (Double(columns) / Double(rows)) - 1) < 0.35 || high == 1 || wide < 4)
    }
  }

  @Test(arguments: [
    (Color(0, 0, 0), 16), (Color(255, 255, 255), 231), (Color(255, 0, 0), 196), (Color(0, 0, 255), 21),
    (Color(128, 128, 128), 244), (Color(8, 8, 8), 232), (Color(95, 135, 175), 67), (Color(238, 238, 238), 255),
  ])
  func colorsBecomeTheNearestOf256(color: Color, index: Int) {
    #expect(TerminalPixels.index(of: color) == index)
  }

  @Test func predictDrawsWithoutWriting() throws {
    try withTemporaryFolder { folder in
      _ = try writeCheckpoint(to: folder + "/net.safetensors")
      try Image(width: 40, height: 20, color: .white).write(to: folder + "/a.png")
      let outcome = try Program.tessera.run(
        ["predict", "--checkpoint", "net.safetensors", "a.png", "--preview"], in: folder,
        environment: ["COLUMNS": "42"])
      try #require(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.output.components(separatedBy: "\n")
      #expect(lines.first == "a.png")
      #expect(
        lines.count > 6
          && lines[1...5].allSatisfy { $0.count == 42 && $0.hasPrefix(String(repeating: "@", count: 20) + "  ") })
      #expect(outcome.output.contains("a class "))
      #expect(try files(in: folder) == ["net.safetensors", "a.png"])
      let neither = try Program.tessera.run(["predict", "--checkpoint", "net.safetensors", "a.png"], in: folder)
      #expect(neither.status == 64)
    }
  }
}
