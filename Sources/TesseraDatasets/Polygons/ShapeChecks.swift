import TesseraImaging

/// Collects what is wrong with the outlines of a file, and what of them is left out.
struct ShapeChecks {
  private(set) var problems: [String] = []
  private var (cut, farthest) = (0, 0.0)
  private var leftOut: [LeftOut: Int] = [:]

  /// What has no area.
  enum LeftOut: String {
    case corners = "outlines of fewer than 3 corners"
    case object = "objects without an outline"
    case line = "lines and points, which have no area"
    case region = "regions without an outline"
    case unlabeled = "outlines without a label"
    case furtherLabel = "outlines' labels after their first"
  }

  mutating func add(_ problem: String) { problems.append(problem) }

  /// Counts a shape that has no area.
  mutating func leaveOut(_ reason: LeftOut) { leftOut[reason, default: 0] += 1 }

  /// Checks a polygon's corners, x and y in turn, against its picture.
  ///
  /// - Returns: whether it can be drawn.
  mutating func check(_ polygon: [Double], width: Int, height: Int, place: String) -> Bool {
    guard polygon.count >= 6 else {
      leaveOut(.corners)
      return false
    }
    guard polygon.count % 2 == 0 else {
      add("\(place): the outline has \(polygon.count) numbers, but each corner has two: x and y")
      return false
    }
    let (columns, rows) = (stride(from: 0, to: polygon.count, by: 2), stride(from: 1, to: polygon.count, by: 2))
    var (left, right, top, bottom) = (Double.infinity, -Double.infinity, Double.infinity, -Double.infinity)
    for column in columns { (left, right) = (min(left, polygon[column]), max(right, polygon[column])) }
    for row in rows { (top, bottom) = (min(top, polygon[row]), max(bottom, polygon[row])) }
    if let number = [left, right, top, bottom].first(where: { !(abs($0) <= PolygonOutline.farthest) }) {
      add(
        "\(place): the outline has a corner at \(Self.text(number)), farther out than any picture reaches; correct it")
      return false
    }
    let extent = "x \(Self.text(left))...\(Self.text(right)), y \(Self.text(top))...\(Self.text(bottom))"
    guard left < Double(width), right >= 0, top < Double(height), bottom >= 0 else {
      add(
        "\(place): the outline (\(extent)) lies outside its picture of \(width) x \(height) pixels; it was probably "
          + "drawn on another size, or belongs to another picture")
      return false
    }
    let outside = max(-left, -top, right - Double(width), bottom - Double(height))
    // Programs round to the edge, or just beyond it.
    if outside > 1 { (cut, farthest) = (cut + 1, max(farthest, outside)) }
    return true
  }

  /// A picture's size as a file says it.
  ///
  /// - Returns: whether a picture can be that large.
  mutating func checkSize(width: Int, height: Int, place: String) -> Bool {
    guard width > 0, height > 0, width <= Image.pixelLimit, height <= Image.pixelLimit / width else {
      add("\(place): a picture cannot have \(width) x \(height) pixels")
      return false
    }
    return true
  }

  /// What is said before the first step, one sentence each.
  func notes(of file: String) -> [String] {
    var notes: [String] = []
    if cut > 0 {
      let outlines = cut == 1 ? "1 outline reaches" : "\(cut) outlines reach"
      notes.append(
        "\(file): \(outlines) beyond the picture, by up to \(Self.text(farthest)) pixels; what lies outside is cut off")
    }
    let kinds = leftOut.sorted { $0.key.rawValue < $1.key.rawValue }
    return notes + kinds.map { "\(file): left out: \($0.key.rawValue) (\($0.value))" }
  }

  private static func text(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\((number * 10).rounded() / 10)"
  }
}
