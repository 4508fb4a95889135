import Foundation
import TesseraImaging
import TesseraSegmentation

/// The part of a picture around a region: photograph, mask, and the region's outline.
public struct RegionView: Sendable {
  /// In pixels, as shown.
  let width: Int
  let height: Int
  /// A JPEG.
  let photograph: Data
  /// A PNG in the classes' colors.
  let mask: Data
  /// The outline as the data of an SVG path, in pixels as shown.
  let outline: String

  /// The longest side, in pixels.
  private static let longestSide = 400
  /// What is shown at least, in pixels of the picture.
  private static let shortestSide = 120
  /// How tall a page shows it at most, in CSS pixels: a column stretches narrow views to its width.
  private static let tallest = 320

  /// The width at which it is as tall as it may be, in CSS pixels.
  var widest: Int { max(1, Self.tallest * width / height) }

  /// - Parameters:
  ///   - region: one of `regions`.
  ///   - regions: those of the picture.
  ///   - image: the picture.
  ///   - mask: its mask.
  /// - Throws: `ImageError`.
  public init(of region: DoubtedRegion, in regions: DoubtedRegions, image: Image, mask: Mask) throws {
    // Of narrow regions more is shown at both sides.
    let least = max(Self.shortestSide, region.columns.count, region.rows.count)
    func around(_ range: Range<Int>, within length: Int) -> Range<Int> {
      let extent = min(length, max(least, 2 * range.count))
      let start = min(max(0, (range.lowerBound + range.upperBound - extent) / 2), length - extent)
      return start..<start + extent
    }
    let columns = around(region.columns, within: image.width)
    let rows = around(region.rows, within: image.height)
    let scale = min(1, Double(Self.longestSide) / Double(max(columns.count, rows.count)))
    func shown(_ length: Int) -> Int { max(1, Int((Double(length) * scale).rounded())) }
    (width, height) = (shown(columns.count), shown(rows.count))
    let (left, top) = (columns.lowerBound, rows.lowerBound)
    photograph = Data(
      try image.cropped(left: left, top: top, width: columns.count, height: rows.count)
        .resized(toWidth: width, height: height).encoded(as: .jpeg(quality: 85)))
    let cut = mask.cropped(left: left, top: top, width: columns.count, height: rows.count)
      .resized(toWidth: width, height: height)
    self.mask = Data(try cut.png)
    let inside = regions.contains(region, rows: rows, columns: columns)
    outline = Self.outline(width: width, height: height) { [width, height] x, y in
      inside[y * rows.count / height * columns.count + x * columns.count / width]
    }
  }

  /// The edges between pixels inside and outside, each run of them one line.
  private static func outline(width: Int, height: Int, isInside: (_ x: Int, _ y: Int) -> Bool) -> String {
    func isIn(_ x: Int, _ y: Int) -> Bool { x >= 0 && y >= 0 && x < width && y < height && isInside(x, y) }
    var path = ""
    func add(_ length: Int, isEdge: (Int) -> Bool, line: (_ from: Int, _ to: Int) -> String) {
      var start: Int?
      for place in 0...length {
        let edge = place < length && isEdge(place)
        if edge, start == nil { start = place }
        if !edge, let first = start {
          path += line(first, place)
          start = nil
        }
      }
    }
    for y in 0...height {
      add(width) {
        isIn($0, y - 1) != isIn($0, y)
      } line: {
        "M\($0) \(y)H\($1)"
      }
    }
    for x in 0...width {
      add(height) {
        isIn(x - 1, $0) != isIn(x, $0)
      } line: {
        "M\(x) \($0)V\($1)"
      }
    }
    return path
  }
}
