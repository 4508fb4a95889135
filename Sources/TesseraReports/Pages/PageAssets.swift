/// How pages look and what they do besides showing: files in `Assets`, embedded when the package is built, so a page is
/// self-contained.
enum PageAssets {
  static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
  static let script = String(decoding: PackageResources.page_js, as: UTF8.self)
}
