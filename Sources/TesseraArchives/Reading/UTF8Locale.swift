import Foundation

/// The thread's locale while libarchive reads names.
///
/// libarchive converts UTF-8 names to the locale's characters; the C locale, in which a program starts, has none
/// outside ASCII.
struct UTF8Locale: ~Copyable {
  private let locale: locale_t?

  init() { locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil) }

  deinit {
    if let locale { freelocale(locale) }
  }

  /// Runs `body` with UTF-8, on this thread only.
  func during<Result>(_ body: () -> Result) -> Result {
    guard let locale else { return body() }
    let previous = uselocale(locale)
    defer { uselocale(previous) }
    return body()
  }
}
