import Foundation
import TesseraCharts
import TesseraDatasets
import TesseraImaging
import TesseraInspection

/// A picture and its mask over it, small, with a ring around the pixel that a finding names.
struct FindingPicture {
  private let place: DataFinding.Place
  private let photograph: Image
  private let overlay: Image

  private static let side = 280

  /// - Returns: `nil` if the picture cannot be read, or has another size than its mask.
  init?(_ place: DataFinding.Place, labelSpace: LabelSpace) {
    guard let files = place.pair,
      let decoded = try? DecodedPixels(contentsOf: files.image, atLeast: (Self.side, Self.side))
    else {
      return nil
    }
    let image = decoded.pixels.shown
    self.place = place
    let factor = Double(Self.side) / Double(max(image.width, image.height))
    func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
    let (width, height) = (scaled(image.width), scaled(image.height))
    let small = image.resized(toWidth: width, height: height)
    photograph = small.channels == 3 ? small : small.inColors
    guard let (mask, opacity) = Self.mask(files, labelSpace) else {
      overlay = photograph
      return
    }
    let overlaid = mask.resized(toWidth: width, height: height).overlaid(on: photograph, opacity: opacity)
    overlay =
      place.pixel.map { overlaid.ringed(x: $0.x * width / mask.width, y: $0.y * height / mask.height) } ?? overlaid
  }

  /// The mask, as classes if it holds them, otherwise as whatever numbers it has.
  private static func mask(_ files: FolderDataset.Files, _ labelSpace: LabelSpace) -> (Mask, opacity: Double)? {
    if let mask = try? FolderDataset(files: [files], labelSpace: labelSpace).mask(at: 0) { return (mask, 0.55) }
    guard let bytes = try? FileBytes.read(files.mask), let numbers = try? Mask(numbersIn: bytes, name: files.mask)
    else {
      return nil
    }
    // Values without a class have a color that stands out.
    return (
      Mask(width: numbers.width, height: numbers.height, indices: numbers.indices, labelSpace: labelSpace), 0.75
    )
  }

  func add(to page: inout MarkupWriter) {
    page.add("figure", ["class": "picture"]) { page in
      page.add("div", ["class": "pair"]) { page in
        for (image, name) in [(photograph, "picture"), (overlay, "mask over the picture")] {
          guard let bytes = try? image.encoded(as: .jpeg(quality: 80)) else { continue }
          page.add(
            "img",
            [
              "src": "data:image/jpeg;base64,\(Data(bytes).base64EncodedString())", "width": "\(image.width)",
              "height": "\(image.height)", "alt": "\(place.file), \(name)",
            ])
        }
      }
      page.add("figcaption", text: place.text)
    }
  }
}

extension Image {
  /// Three equal channels of a gray picture.
  fileprivate var inColors: Image {
    Image(width: width, height: height, channels: 3, pixels: pixels.flatMap { [$0, $0, $0] })
  }

  /// The picture with a ring around a pixel, white in black so that it shows on anything.
  fileprivate func ringed(x: Int, y: Int) -> Image {
    var result = pixels
    let (inner, outer) = (7.0, 12.0)
    for row in max(0, y - 13)...min(height - 1, y + 13) {
      for column in max(0, x - 13)...min(width - 1, x + 13) {
        let distance = (Double((row - y) * (row - y) + (column - x) * (column - x))).squareRoot()
        guard (inner...outer).contains(distance) else { continue }
        let value: UInt8 = (inner + 1.5...outer - 1.5).contains(distance) ? 255 : 0
        for channel in 0..<3 { result[3 * (row * width + column) + channel] = value }
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: result)
  }
}
