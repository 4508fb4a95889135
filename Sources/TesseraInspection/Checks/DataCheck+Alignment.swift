import TesseraDatasets
import TesseraImaging

// Whether masks lie on their pictures.
extension DataCheck {
  static let alignment = DataCheck("alignment", "masks that are all shifted or mirrored against their pictures") {
    inspection in
    let verdict = inspection.alignment
    let (what, repair): (String, String)
    switch verdict.decision {
    case .fits, .unknown: return []
    case .shifted(let x, let y):
      let side = inspection.typicalSide
      let (dx, dy) = (Int((x * side).rounded()), Int((y * side).rounded()))
      what =
        "all masks lie \(DataInspection.direction(-dx, -dy)) (in pictures of \(Int(side)) pixels)"
      let void = inspection.labelSpace.void.flatMap { $0 <= 255 ? $0 : nil } ?? 0
      repair =
        "m.transform(m.size, Image.Transform.AFFINE, (1, 0, -round(\(x) * max(m.size)), 0, 1, "
        + "-round(\(y) * max(m.size))), fillcolor=\(void)).save(f)"
    case .mirrored(let mirroring):
      what = "all masks are \(mirroring.words) against their pictures"
      repair = "m.transpose(\(mirroring.pillow)).save(f)"
    }
    let masks = inspection.parts.flatMap { $0.dataset.files }.filter { $0.storage.isPicture }.map(\.mask)
    let gain = Int((100 * (verdict.gain - 1)).rounded())
    return [
      DataFinding(
        .error,
        "\(what): so their outlines lie on edges that are \(gain) % stronger, as \(verdict.agreeing) of \(verdict.count) "
          + "pictures show",
        at: inspection.parts.flatMap { part in part.pairs.indices.prefix(4).map { part.place($0, mask: true) } },
        remedy: masks.isEmpty
          ? "export the outlines again" : "export the masks again, or move them back (this writes them again)",
        command: masks.isEmpty ? nil : inspection.commandForMasks(DataInspection.pillow(repair)))
    ]
  }

  static let misplaced = DataCheck("misplaced", "single masks that are shifted or mirrored, or another picture's") {
    inspection in
    // Where all are wrong, that is said once; where nothing is known of all, nothing can be said of one.
    guard inspection.alignment.decision == .fits else { return [] }
    guard let usual = EdgeAlignment.Usual(inspection.parts.flatMap(\.pairs).compactMap(\.alignment)) else { return [] }
    let places = inspection.parts.flatMap { part in
      part.pairs.indices.compactMap { index -> DataFinding.Place? in
        guard part.faults[index] == nil, let doubt = part.pairs[index].alignment?.doubt(where: usual) else {
          return nil
        }
        let detail =
          switch doubt {
          case .moved(let x, let y): "lies \(DataInspection.direction(-x, -y))"
          case .mirrored(let mirroring): "is \(mirroring.words)"
          case .unrelated: "has outlines that follow no edges: it may be another picture's"
          }
        return part.place(index, mask: true, detail: detail)
      }
    }
    if places.isEmpty { return [] }
    return [
      inspection.finding(
        .warning,
        DataInspection.counted(places.count, "mask", "does not lie on its picture", "do not lie on their pictures"),
        at: places, advice: "look at them (tessera show-data, or this report as a page) and export them again",
        of: "misplaced")
    ]
  }
}

extension EdgeAlignment.Mirroring {
  fileprivate var words: String {
    switch self {
    case .leftRight: "mirrored (left for right)"
    case .upDown: "upside down (top for bottom)"
    case .both: "turned by 180 degrees"
    }
  }

  fileprivate var pillow: String {
    switch self {
    case .leftRight: "Image.Transpose.FLIP_LEFT_RIGHT"
    case .upDown: "Image.Transpose.FLIP_TOP_BOTTOM"
    case .both: "Image.Transpose.ROTATE_180"
    }
  }
}

extension MaskStorage {
  /// Whether masks are files of pixels.
  var isPicture: Bool { if case .shapes = kind { false } else { true } }
}

extension DataInspection {
  /// The longer side of the median picture.
  fileprivate var typicalSide: Double {
    let sides = parts.flatMap(\.pairs).compactMap { $0.size.map { max($0.width, $0.height) } }.sorted()
    return sides.isEmpty ? Double(EdgeAlignment.side) : Double(sides[sides.count / 2])
  }

  /// "12 pixels too far right and 3 pixels too far down".
  static func direction(_ x: Int, _ y: Int) -> String {
    func pixels(_ count: Int, _ way: String) -> String { "\(count) pixel\(count == 1 ? "" : "s") \(way)" }
    let across = x == 0 ? nil : pixels(abs(x), x > 0 ? "too far right" : "too far left")
    let down = y == 0 ? nil : pixels(abs(y), y > 0 ? "too far down" : "too far up")
    return [across, down].compactMap(\.self).joined(separator: " and ")
  }

  /// A command for all masks, in the folders that hold nothing else.
  fileprivate func commandForMasks(_ words: [String]) -> String? {
    func folders(_ path: KeyPath<FolderDataset.Files, String>) -> Set<String> {
      Set(
        parts.flatMap(\.dataset.files).map { $0[keyPath: path].split(separator: "/", omittingEmptySubsequences: false) }
          .map { $0.dropLast().joined(separator: "/") })
    }
    let (masks, images) = (folders(\.mask), folders(\.image))
    guard masks.isDisjoint(with: images) else { return nil }
    return "find " + masks.sorted().map(\.quotedForShell).joined(separator: " ")
      + " -maxdepth 1 -name '*.png' -print0 | xargs -0 " + words.map(\.quotedForShell).joined(separator: " ")
  }
}
