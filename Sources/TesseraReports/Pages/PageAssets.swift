/// How pages look and what they do besides showing: files in `Assets`, embedded when the package is built, so that a page
/// needs nothing but itself.
enum PageAssets {
  static let style = String(decoding: PackageResources.page_css, as: UTF8.self)
  static let script = String(decoding: PackageResources.page_js, as: UTF8.self)
}
