/// What a mask is sent as; the request's `Accept` chooses.
enum MaskForm: String, CaseIterable {
  /// A gray PNG of class indices, 8 bits where they suffice and 16 otherwise.
  case indices = "image/png"
  /// A JPEG of the picture under the classes' colors.
  case overlay = "image/jpeg"
  /// The classes that occur, with their shares.
  case summary = "application/json"

  /// The form that a client likes best, the first of equals; `nil` if it takes none (RFC 9110, section 12.5.1).
  ///
  /// - Parameter accept: the value of the header; without one, anything is fine.
  init?(accepting accept: String?) {
    let ranges = (accept ?? "*/*").split(separator: ",").compactMap { MediaRange($0) }
    let best = Self.allCases.reduce(into: (form: Self?.none, quality: 0.0)) { best, form in
      // The most specific range that fits counts.
      let fitting = ranges.filter { $0.contains(form.rawValue) }.max { $0.specificity < $1.specificity }
      if let quality = fitting?.quality, quality > best.quality { best = (form, quality) }
    }
    guard let form = best.form else { return nil }
    self = form
  }
}

/// A range of media types with its weight: `image/*;q=0.5`.
private struct MediaRange {
  let type: String
  let quality: Double

  init?(_ text: Substring) {
    let parts = text.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
    guard let type = parts.first, type.contains("/") else { return nil }
    self.type = type
    let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
    guard let quality = weight.map({ Double($0.dropFirst(2)) }) ?? 1, (0...1).contains(quality) else { return nil }
    self.quality = quality
  }

  /// 0 for `*/*`, 1 for `image/*`, 2 for `image/png`.
  var specificity: Int { type == "*/*" ? 0 : type.hasSuffix("/*") ? 1 : 2 }

  func contains(_ type: String) -> Bool {
    self.type == type || self.type == "*/*" || specificity == 1 && type.hasPrefix(self.type.dropLast())
  }
}
