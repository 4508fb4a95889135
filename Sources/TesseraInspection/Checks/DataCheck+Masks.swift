import TesseraDatasets
import TesseraImaging

// Whether masks hold class numbers.
extension DataCheck {
  static let values = DataCheck("values", "values that are no class: strays, 0/255 masks, labels that are off by one") {
    inspection in
    // Values beyond all classes, as of 16 bits, are not said twice.
    if inspection.saysValues { return [] }
    var (places, unknown): ([DataFinding.Place], [Int: Int]) = ([], [:])
    for part in inspection.parts {
      for (index, faults) in part.faults.sorted(by: { $0.key < $1.key }) {
        // Whatever values interpolation made, it is what must be undone.
        if part.pairs[index].traces?.areTelltale == true { continue }
        for fault in faults {
          switch fault as? MaskError {
          case .unknownValues(_, let values):
            let list = values.counts.prefix(6).map { "\($0.value) (\($0.pixels) px)" }.joined(separator: ", ")
            places.append(
              part.place(
                index, mask: true, pixel: (values.first.x, values.first.y),
                detail: "holds \(list); the first is \(values.first.value)"))
            for count in values.counts { unknown[count.value, default: 0] += count.pixels }
          case .unmappedValues(_, let values, let x, let y, _):
            let list = values.prefix(6).map(String.init).joined(separator: ", ")
            places.append(part.place(index, mask: true, pixel: (x, y), detail: "holds \(list)"))
            for value in values { unknown[value, default: 0] += 1 }
          default: break
          }
        }
      }
    }
    let space = inspection.labelSpace
    let isMapped = inspection.parts.contains { $0.dataset.files.contains { $0.storage.relabeling != nil } }
    var counts: [Int: Int] = [:]
    if !isMapped {
      for part in inspection.parts {
        for files in part.dataset.files {
          counts.merge(inspection.surveyor.findings(of: files.mask)?.pixels ?? [:], uniquingKeysWith: +)
        }
      }
    }
    let values = counts.keys.sorted()
    if unknown.isEmpty {
      return isMapped || !inspection.namesClasses ? [] : inspection.blackAndWhite(values)
    }
    let sorted = isMapped ? unknown.keys.sorted() : values
    let list = unknown.keys.sorted().prefix(8).map(String.init).joined(separator: ", ")
    let named = DataInspection.counted(places.count, "mask", "holds", "hold")
    // A few pixels in many masks are no class either.
    let (leastPixels, all) = (0.001, counts.values.reduce(0, +))
    let isFrequent = Double(unknown.values.reduce(0, +)) >= leastPixels * Double(all)
    let share =
      isFrequent ? Double(places.count) / Double(max(1, inspection.parts.reduce(0) { $0 + $1.dataset.count })) : 0
    let shift = isMapped ? nil : ValueRemedy.shift(sorted, space, share: share)
    let isBlackAndWhite = ValueRemedy.isBlackAndWhite(sorted)
    let guess = shift.map { "; \($0)" } ?? (isBlackAndWhite ? "; black and white seem to stand for two classes" : "")
    let repair = isMapped ? nil : ValueRemedy(sorted, named: space, share: share, inspection.invocation)
    let added = inspection.invocation.value(of: "--classes-map").map { _ in
      inspection.invocation.mapping(sorted.map { "\($0) = void" })
    }
    return [
      DataFinding(
        .error, "\(named) values that are no class (0...\(space.count - 1)): \(list)\(guess)", at: places,
        remedy: repair?.remedy
          ?? "say in a map of classes what these values mean, or choose the layout or void value that knows them",
        command: isMapped
          ? added ?? inspection.invocation.mapping(sorted.map { "\($0) = void" } + ["* = *"]) : repair?.command)
    ]
  }

  static let colors = DataCheck("colors", "masks that hold colors, transparency, or a JPEG's shades") { inspection in
    var (lossy, colored, unknown): ([DataFinding.Place], [DataFinding.Place], [DataFinding.Place]) = ([], [], [])
    var masks = 0
    for part in inspection.parts {
      masks += part.dataset.count
      for (index, faults) in part.faults.sorted(by: { $0.key < $1.key }) {
        for fault in faults.compactMap({ $0 as? MaskError }) {
          switch fault {
          case .notIndices(_, let kind) where kind.hasPrefix("is a "):
            lossy.append(part.place(index, mask: true, detail: String(kind.prefix { $0 != "," })))
          case .notIndices(_, let kind): colored.append(part.place(index, mask: true, detail: kind))
          case .unknownColors(_, let colors):
            let first = colors.counts[0]
            let nearest = first.nearest.map { " (nearest: \($0.name) \($0.color))" } ?? ""
            unknown.append(
              part.place(
                index, mask: true, pixel: (first.x, first.y), detail: "\(first.color) is no class's color\(nearest)"))
          case .ambiguousColor(_, let color, _):
            colored.append(part.place(index, mask: true, detail: "\(color) is the color of several classes"))
          case .unknownValues, .unmappedValues, .notPNG: break
          }
        }
      }
    }
    var findings: [DataFinding] = []
    if !lossy.isEmpty {
      findings.append(
        inspection.finding(
          .error,
          DataInspection.counted(lossy.count, "mask", "is", "are") + " in a format that may change class numbers",
          at: lossy, advice: "export these masks again as PNG", mustRemove: !inspection.namesClasses, of: "colors"))
    }
    if !unknown.isEmpty {
      findings.append(
        inspection.finding(
          .error, DataInspection.counted(unknown.count, "mask", "holds", "hold") + " colors that no class has",
          at: unknown, advice: "add the colors to the list of classes, or export these masks again",
          mustRemove: !inspection.namesClasses, of: "colors"))
    }
    if !colored.isEmpty {
      let list = MaskColors(of: colored.compactMap(\.pair))
      let summary =
        DataInspection.counted(colored.count, "mask", "holds", "hold") + " colors instead of class numbers"
        + list.phrase
      if colored.count == masks, let command = list.command(inspection) {
        findings.append(
          DataFinding(
            .error, summary, at: colored,
            remedy:
              "say in class_dict.csv which color stands for which class (put in your names); masks stay as they are",
            command: command))
      } else {
        findings.append(
          inspection.finding(
            .error, summary, at: colored, advice: "export these masks again as PNGs of class numbers",
            mustRemove: !inspection.namesClasses, of: "colors"))
      }
    }
    return findings
  }

  static let interpolation = DataCheck(
    "interpolation", "traces of smooth scaling or lossy compression: ramps of values along the outlines"
  ) { inspection in
    let places = inspection.parts.flatMap { part in
      part.pairs.indices.compactMap { index -> DataFinding.Place? in
        guard let traces = part.pairs[index].traces, traces.areTelltale, let first = traces.first else { return nil }
        let share = Int(100 * Double(traces.ramps) / Double(traces.edges))
        return part.place(
          index, mask: true, pixel: (first.x, first.y),
          detail: "\(share) % of its outlines are ramps; the first value between two classes is \(first.value)")
      }
    }
    if places.isEmpty { return [] }
    return [
      inspection.finding(
        .error,
        DataInspection.counted(places.count, "mask", "was", "were")
          + " scaled with interpolation, rotated or saved as JPEG: "
          + "classes that nobody drew lie along the outlines",
        at: places,
        advice: "make these masks again from the originals, scaled by nearest neighbor (Pillow: "
          + "Image.Resampling.NEAREST) and saved as PNG",
        of: "interpolation")
    ]
  }

  static let void = DataCheck("void", "masks that are all void, from which nothing is learned") { inspection in
    guard inspection.showsClasses else { return [] }
    let places = inspection.places(mask: true) { $0.classes?.isEmpty == true }
    let all = inspection.parts.reduce(0) { $0 + $1.dataset.count }
    // That all are is said elsewhere, with another remedy.
    if places.isEmpty || places.count == all { return [] }
    return [
      inspection.finding(
        .warning,
        DataInspection.counted(places.count, "mask", "is all void", "are all void") + ": nothing is learned from it",
        at: places, advice: "annotate these pictures", of: "void")
    ]
  }
}

extension DataInspection {
  /// Masks of 0 and 255 where 255 is void: half of what they show would be left out without a word.
  fileprivate func blackAndWhite(_ values: [Int]) -> [DataFinding] {
    guard ValueRemedy.isBlackAndWhite(values), labelSpace.void == values[1] else { return [] }
    let repair = ValueRemedy(values, named: labelSpace, invocation)
    return [
      DataFinding(
        .error,
        "the masks are black and white (0 and \(values[1])), which seem to stand for two classes; but \(values[1]) is void, "
          + "so that only \(labelSpace.name(of: 0)) would be trained",
        remedy: repair.remedy, command: repair.command)
    ]
  }
}
