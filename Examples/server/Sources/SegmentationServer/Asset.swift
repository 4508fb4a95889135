import Hummingbird

/// A file of the page, which is part of the program.
struct Asset: Sendable {
  let path: String
  let type: String
  let bytes: [UInt8]

  static let all = [
    Asset(path: "/", type: "text/html; charset=utf-8", bytes: PackageResources.page_html),
    Asset(path: "/page.css", type: "text/css; charset=utf-8", bytes: PackageResources.page_css),
    Asset(path: "/page.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.page_js),
    Asset(path: "/v1/openapi.json", type: "application/json", bytes: PackageResources.openapi_json),
  ]

  var response: Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "no-cache"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
