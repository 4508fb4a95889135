import TesseraDatasets

extension DataInspection {
  /// A finding that goes away without some pictures.
  ///
  /// - Parameters:
  ///   - places: the files that show it.
  ///   - pictures: the pictures to leave out; `nil` for those of the places.
  ///   - advice: what else can be done; precedes what leaving out does.
  ///   - mustRemove: whether the files keep the folder from being opened wherever they are listed.
  func finding(
    _ severity: DataFinding.Severity, _ summary: String, at places: [DataFinding.Place],
    leavingOut pictures: [FolderDataset.Files]? = nil, advice: String, mustRemove: Bool = false, of check: String
  ) -> DataFinding {
    let pictures = pictures ?? places.compactMap(\.pair)
    let all = parts.reduce(0) { $0 + $1.dataset.count }
    guard pictures.count < all else {
      return DataFinding(severity, summary, at: places, remedy: advice)
    }
    if !mustRemove && namesAreUnique {
      return DataFinding(
        severity, summary, at: places, remedy: "\(advice), or train without them",
        command: invocation.trainingWithoutFaults(parts.map(\.split)), leavesOut: pictures)
    }
    var seen: Set<String> = []
    let files = pictures.flatMap { [$0.image, $0.mask] }.filter { !$0.contains("#") && seen.insert($0).inserted }
    return DataFinding(
      severity, summary, at: places,
      remedy: "\(advice), or set them aside with their partners (tar -xPf set-aside.tar brings them back)",
      command: invocation.settingAside(files, of: "\(check)-pairs"), leavesOut: pictures)
  }

  /// Whether a list can tell all pictures apart.
  private var namesAreUnique: Bool {
    var seen: Set<String> = []
    return parts.allSatisfy { part in
      part.dataset.files.allSatisfy {
        seen.insert($0.name.split(separator: "/").last.map(String.init) ?? $0.name).inserted
      }
    }
  }

  /// The lists that commands of remedies read, by the names of their files.
  package var lists: [String: String] {
    var lists: [String: [String]] = [:]
    let faulty = Set(findings.flatMap { $0.leavesOut.map(\.image) })
    for part in parts {
      lists["\(part.split.rawValue).txt"] = part.dataset.files.filter { !faulty.contains($0.image) }.map(\.name)
    }
    for finding in findings where !finding.places.isEmpty {
      lists["\(finding.list ?? finding.check).txt", default: []] += finding.places.map(\.file)
      if !finding.leavesOut.isEmpty {
        lists["\(finding.check)-pairs.txt", default: []] += finding.leavesOut.flatMap { [$0.image, $0.mask] }
      }
    }
    return lists.mapValues { $0.map { "\($0)\n" }.joined() }
  }

  /// "1 mask holds", "3 masks hold".
  static func counted(_ count: Int, _ noun: String, _ one: String, _ many: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s") \(count == 1 ? one : many)"
  }

  /// A program for Pillow that changes each file that it is given.
  ///
  /// - Parameters:
  ///   - expression: what it does with the file `f`, and with `m`, its picture.
  static func pillow(_ expression: String, imports: String = "Image") -> [String] {
    [
      "python3", "-c",
      "import sys; from PIL import \(imports); [\(expression) for f in sys.argv[1:] for m in [Image.open(f)]]",
    ]
  }
}
