import Foundation
import TesseraImaging

/// A picture's shapes as labelme saves them (Wada 2016): one JSON file next to each picture.
struct LabelMeFile: Decodable {
  struct Shape: Decodable {
    let label: String
    let points: [[Double]]
    let kind: String?
    /// A PNG in base 64, of shapes of kind "mask".
    let mask: String?
    enum CodingKeys: String, CodingKey {
      case label, points, mask
      case kind = "shape_type"
    }
  }

  let shapes: [Shape]
  let imagePath: String
  let imageHeight, imageWidth: Int?

  /// The picture's name; labelme writes paths as its own system has them.
  var pictureName: String { imagePath.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? imagePath }

  /// As labelme draws them: later shapes over earlier ones. Lines and points have no area and are left out.
  ///
  /// - Parameters:
  ///   - size: the picture's, if the file does not say it.
  ///   - classes: those of the labels.
  /// - Throws: `AnnotationError` with everything that is wrong.
  func mask(
    path: String, size: ImageSize, classes: OutlineClasses
  ) throws(AnnotationError) -> (mask: ShapeMask, notes: [String]) {
    var checks = ShapeChecks()
    let (width, height) = (imageWidth ?? size.width, imageHeight ?? size.height)
    guard checks.checkSize(width: width, height: height, place: "\"imageWidth\" and \"imageHeight\"") else {
      throw AnnotationError(path, checks.problems)
    }
    var drawn: [ShapeMask.Shape] = []
    for (number, shape) in shapes.enumerated() {
      let place = "shape \(number + 1) (\(shape.label))"
      guard let index = classes.indices[shape.label] else {
        checks.add("\(place): no class has this name (\(classes.known)); correct it, or name the class in the list")
        continue
      }
      if let geometry = shape.geometry(width: width, height: height, place: place, &checks) {
        drawn.append(ShapeMask.Shape(index: index, geometry: geometry))
      }
    }
    if !checks.problems.isEmpty { throw AnnotationError(path, checks.problems) }
    let mask = ShapeMask(width: width, height: height, background: classes.background, shapes: drawn, order: .lastOnTop)
    return (mask, checks.notes(of: path))
  }
}

extension LabelMeFile.Shape {
  func geometry(width: Int, height: Int, place: String, _ checks: inout ShapeChecks) -> ShapeMask.Geometry? {
    guard points.allSatisfy({ $0.count == 2 }) else {
      checks.add("\(place): each point must have x and y")
      return nil
    }
    func polygon(_ corners: [Double]) -> ShapeMask.Geometry? {
      checks.check(corners, width: width, height: height, place: place) ? .polygons([corners]) : nil
    }
    switch kind ?? "polygon" {
    case "polygon", "oriented_rectangle": return polygon(points.flatMap(\.self))
    case "rectangle" where points.count == 2:
      return polygon(Outline.rectangle(points[0], points[1]))
    case "circle" where points.count == 2:
      let radius = hypot(points[1][0] - points[0][0], points[1][1] - points[0][1])
      return polygon(Outline.ellipse(center: points[0], radii: [radius, radius]))
    case "mask" where points.count == 2: return pixels(width: width, height: height, place: place, &checks)
    case "line", "linestrip", "point", "points":
      checks.leaveOut(.line)
      return nil
    case let other:
      checks.add("\(place): shapes of kind \(other) with \(points.count) points are not read")
      return nil
    }
  }

  /// A picture of the part of the mask between two corners, the last inside.
  private func pixels(
    width: Int, height: Int, place: String, _ checks: inout ShapeChecks
  ) -> ShapeMask.Geometry? {
    guard let bytes = mask.flatMap({ Data(base64Encoded: $0) }),
      let part = try? Image(decoding: [UInt8](bytes), name: place), part.channels == 1,
      let left = Int(exactly: points[0][0].rounded(.towardZero)),
      let top = Int(exactly: points[0][1].rounded(.towardZero))
    else {
      checks.add("\(place): its mask is not a gray PNG in base 64")
      return nil
    }
    guard left >= 0, top >= 0, left <= width - part.width, top <= height - part.height else {
      checks.add(
        "\(place): its mask of \(part.width) x \(part.height) pixels at (\(left), \(top)) does not lie within the "
          + "picture of \(width) x \(height)")
      return nil
    }
    let pixels = part.pixels
    let inside = PixelRuns(width: part.width, height: part.height, left: left, top: top, of: height) { pixels[$0] != 0 }
    return .runs(inside.lengths(of: width * height))
  }
}

/// Corners of figures that have none or few, x and y in turn.
enum Outline {
  static func rectangle(_ corner: [Double], _ opposite: [Double]) -> [Double] {
    [corner[0], corner[1], opposite[0], corner[1], opposite[0], opposite[1], corner[0], opposite[1]]
  }

  /// So many corners that no pixel's center tells them from the curve, up to a radius of 1000 pixels.
  static func ellipse(center: [Double], radii: [Double], degrees: Double = 0) -> [Double] {
    let turn = degrees * .pi / 180
    return (0..<180).flatMap { step in
      let angle = Double(step) * .pi / 90
      let (x, y) = (radii[0] * cos(angle), radii[1] * sin(angle))
      return [center[0] + x * cos(turn) - y * sin(turn), center[1] + x * sin(turn) + y * cos(turn)]
    }
  }
}
