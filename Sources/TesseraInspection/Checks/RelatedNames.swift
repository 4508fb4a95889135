import Foundation
import TesseraDatasets

/// Masks without a picture that are named after one all the same: `street_1_mask.png` after `street_1.jpg`, or in
/// capitals.
struct RelatedNames {
  /// The names of masks, and those that would make them their pictures' partners, in the masks' order.
  private(set) var renames: [(old: String, new: String)] = []
  /// The names of the pictures that these belong to.
  private(set) var images: Set<String> = []
  private let folder: String
  /// What is in front of and behind the picture's name in a mask's; `nil` if the masks differ.
  private var affixes: (prefix: String, suffix: String)?

  init(_ files: UnpairedFiles) {
    folder = files.masks
    var imagesByStem: [String: String?] = [:]
    for name in files.imagesWithoutMask {
      // Of two pictures that differ by case only, none is meant.
      let stem = name.stem.lowercased()
      imagesByStem[stem] = imagesByStem[stem] == nil ? .some(name) : .some(nil)
    }
    var seen: Set<String> = []
    for mask in files.masksWithoutImage {
      let stem = mask.stem
      guard let (range, image) = Self.longest(in: stem, imagesByStem), seen.insert(image).inserted else { continue }
      let found = (prefix: String(stem[..<range.lowerBound]), suffix: String(stem[range.upperBound...]))
      if renames.isEmpty {
        affixes = found
      } else if let known = affixes, known != found {
        affixes = nil
      }
      renames.append((mask, "\(image.stem).\((mask as NSString).pathExtension)"))
      images.insert(image)
    }
  }

  /// The longest picture's name that `stem` begins or ends with, apart from a word before or behind it.
  private static func longest(
    in stem: String, _ images: [String: String?]
  ) -> (range: Range<String.Index>, image: String)? {
    func isBorder(_ character: Character) -> Bool { !character.isLetter && !character.isNumber }
    for count in (1...max(1, stem.count)).reversed() {
      let (end, start) = (stem.prefix(count).endIndex, stem.suffix(count).startIndex)
      if end == stem.endIndex || isBorder(stem[end]), let image = images[stem[..<end].lowercased()] ?? nil {
        return (stem.startIndex..<end, image)
      }
      if start == stem.startIndex || isBorder(stem[stem.index(before: start)]),
        let image = images[stem[start...].lowercased()] ?? nil
      {
        return (start..<stem.endIndex, image)
      }
    }
    return nil
  }

  /// The finding that says so; `nil` if there are none.
  func finding() -> DataFinding? {
    guard !renames.isEmpty else { return nil }
    return DataFinding(
      .error,
      DataInspection.counted(renames.count, "mask", "is", "are") + " named after a picture, but not by the same name",
      at: renames.map { DataFinding.Place("\(folder)/\($0.old)", detail: "would be \($0.new)") },
      remedy: "give masks their pictures' names (this renames them)", command: command)
  }

  private var command: String? {
    let mostNamed = 6
    if renames.count <= mostNamed {
      return renames.map { old, new in
        "mv -n -- \("\(folder)/\(old)".quotedForShell) \("\(folder)/\(new)".quotedForShell)"
      }.joined(separator: "; ")
    }
    guard let (prefix, suffix) = affixes, !(prefix + suffix).isEmpty, !renames.contains(where: { $0.old.contains("/") })
    else { return nil }
    let (prefixWord, suffixWord) = (prefix.quotedForShell, suffix.quotedForShell)
    let strip =
      prefix.isEmpty
      ? "n=\"${f%\(suffixWord).*}.${f##*.}\""
      : "n=\"${f#\(prefixWord)}\""
    let pattern = prefix.isEmpty ? "*\(suffixWord).*" : "\(prefixWord)*"
    return "(cd \(folder.quotedForShell) && for f in \(pattern); do \(strip); mv -n -- \"$f\" \"$n\"; done)"
  }
}
