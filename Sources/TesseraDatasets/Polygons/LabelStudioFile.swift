import Foundation
import TesseraImaging

/// Tasks as Label Studio exports them ("JSON"): a list, each with a picture and what people drew on it.
struct LabelStudioTask: Decodable {
  struct Annotation: Decodable {
    let result: [Region]
    let isCancelled: Bool?
    enum CodingKeys: String, CodingKey {
      case result
      case isCancelled = "was_cancelled"
    }
  }

  /// What was drawn; sizes and places are percents of the picture's sides.
  struct Region: Decodable {
    let type: String?
    let width, height: Int?
    /// By how many degrees the picture was turned when this was drawn.
    let turn: Double?
    let value: Value?
    enum CodingKeys: String, CodingKey {
      case type, value
      case width = "original_width"
      case height = "original_height"
      case turn = "image_rotation"
    }
  }

  struct Value: Decodable {
    let points: [[Double]]?
    let polygons, brushes, rectangles, ellipses: [String]?
    let runs: [UInt8]?
    let x, y, width, height, rotation, radiusX, radiusY: Double?
    enum CodingKeys: String, CodingKey {
      case points, x, y, width, height, rotation, radiusX, radiusY
      case polygons = "polygonlabels"
      case brushes = "brushlabels"
      case rectangles = "rectanglelabels"
      case ellipses = "ellipselabels"
      case runs = "rle"
    }

    /// The names of the classes; usually one.
    var labels: [String] { polygons ?? brushes ?? rectangles ?? ellipses ?? [] }

    /// Whether it has an area; points and answers have none.
    var hasOutline: Bool { points != nil || runs != nil || height != nil || radiusX != nil }
  }

  let id: AnnotationIdentifier?
  let data: [String: Text]
  let annotations: [Annotation]

  /// A value of any kind, of which only texts count.
  struct Text: Decodable {
    let value: String?
    init(from decoder: any Decoder) throws {
      value = try? decoder.singleValueContainer().decode(String.self)
    }
  }

  /// The picture's name: the end of the first address in the data that ends like a picture's.
  var pictureName: String? {
    data.sorted { $0.key < $1.key }.lazy.compactMap(\.value.value).compactMap { address in
      // /data/upload/1/ab12cd34-street.png, /data/local-files/?d=pictures/street.png
      let path = address.removingPercentEncoding ?? address
      let name = path.split { "/=\\".contains($0) }.last.map(String.init) ?? ""
      return FolderListing.isReadable(name) ? name : nil
    }.first
  }

  /// The annotations in which somebody drew something and did not cancel it.
  var drawn: [Annotation] { annotations.filter { $0.isCancelled != true && !$0.result.isEmpty } }

  /// Those of the annotation that counts: the last one.
  var regions: [Region] { drawn.last?.result ?? [] }

  /// Later regions over earlier ones.
  ///
  /// - Parameters:
  ///   - size: the picture's, if no region says it.
  ///   - classes: those of the labels.
  func mask(
    size: ImageSize, classes: OutlineClasses, _ checks: inout ShapeChecks
  ) -> ShapeMask? {
    let task = "task \(id.map(\.description) ?? "without id")"
    let stated = regions.lazy.compactMap { region in region.width.flatMap { width in region.height.map { (width, $0) } }
    }
    let (width, height) = stated.first ?? (size.width, size.height)
    guard checks.checkSize(width: width, height: height, place: task) else { return nil }
    var drawn: [ShapeMask.Shape] = []
    for (number, region) in regions.enumerated() {
      // Relations are regions too.
      guard let value = region.value else { continue }
      guard let label = value.labels.first else {
        checks.leaveOut(value.hasOutline ? .unlabeled : .region)
        continue
      }
      if value.labels.count > 1 { checks.leaveOut(.furtherLabel) }
      let place = "\(task), region \(number + 1) (\(label))"
      if let turn = region.turn, turn != 0 {
        checks.add(
          "\(place): was drawn on a picture turned by \(turn.formatted()) degrees in Label Studio, which leaves the picture's file "
            + "as it is; turn it back there, and draw again")
        continue
      }
      guard let index = classes.indices[label] else {
        checks.add("\(place): no class has this name (\(classes.known)); correct it, or name the class in the list")
        continue
      }
      if let geometry = value.geometry(width: width, height: height, place: place, &checks) {
        drawn.append(ShapeMask.Shape(index: index, geometry: geometry))
      }
    }
    return ShapeMask(width: width, height: height, background: classes.background, shapes: drawn, order: .lastOnTop)
  }
}

extension LabelStudioTask.Value {
  func geometry(width: Int, height: Int, place: String, _ checks: inout ShapeChecks) -> ShapeMask.Geometry? {
    let scale = [Double(width) / 100, Double(height) / 100]
    func polygon(_ corners: [Double]) -> ShapeMask.Geometry? {
      checks.check(corners, width: width, height: height, place: place) ? .polygons([corners]) : nil
    }
    if let runs {
      guard let lengths = BrushRuns(runs).lengths(width: width, height: height) else {
        checks.add("\(place): its brush strokes are damaged, or of a picture of another size than \(width) x \(height)")
        return nil
      }
      return .runs(lengths)
    } else if let points {
      guard points.allSatisfy({ $0.count == 2 }) else {
        checks.add("\(place): each point must have x and y")
        return nil
      }
      return polygon(points.flatMap { [$0[0] * scale[0], $0[1] * scale[1]] })
    } else if let x, let y, let radiusX, let radiusY {
      return polygon(
        Outline.ellipse(
          center: [x * scale[0], y * scale[1]], radii: [radiusX * scale[0], radiusY * scale[1]], degrees: rotation ?? 0)
      )
    } else if let x, let y, let across = self.width, let down = self.height {
      // Turned about its upper left corner, in pixels.
      let turn = (rotation ?? 0) * .pi / 180
      let (right, below) = (across * scale[0], down * scale[1])
      let corners: [(Double, Double)] = [(0, 0), (right, 0), (right, below), (0, below)]
      let (cosine, sine) = (cos(turn), sin(turn))
      return polygon(
        corners.flatMap { dx, dy -> [Double] in
          [x * scale[0] + dx * cosine - dy * sine, y * scale[1] + dx * sine + dy * cosine]
        })
    }
    checks.leaveOut(.region)
    return nil
  }
}
