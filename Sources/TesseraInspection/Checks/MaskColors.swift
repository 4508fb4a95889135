import TesseraDatasets
import TesseraImaging

/// The colors of masks that should hold numbers.
struct MaskColors {
  /// The most frequent first; `nil` if there are too many to stand for classes.
  private(set) var colors: [Color]?

  private static let mostColors = 64
  /// Enough to see all classes of most data sets, and quickly read.
  private static let mostFiles = 200

  init(of pairs: [FolderDataset.Files]) {
    var counts: [Color: Int] = [:]
    for files in pairs.prefix(Self.mostFiles) {
      guard let image = try? Image(contentsOf: files.mask) else { continue }
      let pixels = image.pixels
      for place in 0..<image.width * image.height {
        let color =
          image.channels == 1
          ? Color(pixels[place], pixels[place], pixels[place])
          : Color(pixels[3 * place], pixels[3 * place + 1], pixels[3 * place + 2])
        counts[color, default: 0] += 1
      }
      if counts.count > Self.mostColors { return }
    }
    func key(_ color: Color) -> Int { Int(color.red) << 16 | Int(color.green) << 8 | Int(color.blue) }
    colors = counts.sorted { ($1.value, key($0.key)) < ($0.value, key($1.key)) }.map(\.key)
  }

  /// What the colors say, behind a sentence.
  var phrase: String {
    colors.map { ": \($0.count) colors" } ?? ", so many that they were scaled or compressed with loss"
  }

  /// Writes the list that tells classes by their colors; `nil` if nothing can.
  func command(_ inspection: DataInspection) -> String? {
    let readsList = [DataLayout.ade20k.name, DataLayout.folder.name, DataLayout.voc.name, DataLayout.camvid.name]
    guard let colors, colors.count >= 2, readsList.contains(inspection.layout.name) else { return nil }
    let rows = colors.map { color in
      (color == .black ? "background" : "color-\(color.red)-\(color.green)-\(color.blue)")
        + ",\(color.red),\(color.green),\(color.blue)"
    }
    let folder = inspection.invocation.data
    // Two lists that disagree would be refused.
    let others = inspection.classFiles.map {
      "mv \("\(folder)/\($0)".quotedForShell) \("\(folder)/\($0).old".quotedForShell) && "
    }
    return others.joined() + "printf '%s\\n' "
      + (["name,r,g,b"] + rows).map(\.alwaysQuotedForShell).joined(separator: " ")
      + " > \("\(folder)/class_dict.csv".quotedForShell) && " + inspection.invocation.training([])
  }
}
