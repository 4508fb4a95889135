import Foundation

/// The thread's locale while libarchive reads names.
///
/// libarchive turns names in UTF-8 into the locale's characters; in the C locale, which a program starts in, it has
/// none for those outside ASCII.
struct UTF8Locale: ~Copyable {
  private let locale: locale_t?

  init() { locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil) }

  deinit {
    if let locale { freelocale(locale) }
  }

  /// Runs `body` with UTF-8, on this thread alone.
  func during<Result>(_ body: () -> Result) -> Result {
    guard let locale else { return body() }
    let previous = uselocale(locale)
    defer { uselocale(previous) }
    return body()
  }
}
