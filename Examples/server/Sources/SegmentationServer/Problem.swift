import Hummingbird

/// Why a request gets no mask: a status and a sentence, as JSON of "Problem Details for HTTP APIs" (RFC 9457).
struct Problem: Error, HTTPResponseError, Equatable {
  let status: HTTPResponse.Status
  let detail: String
  /// What its answer's head says besides the type of its body.
  let headers: HTTPFields

  init(_ status: HTTPResponse.Status, _ detail: String, headers: HTTPFields = [:]) {
    self.status = status
    self.detail = detail
    self.headers = headers
  }

  /// - Parameter retryAfter: after how many seconds another attempt makes sense.
  init(_ status: HTTPResponse.Status, _ detail: String, retryAfter: Int) {
    // At once would be a busy loop of requests.
    self.init(status, detail, headers: [.retryAfter: String(max(1, retryAfter))])
  }

  func response(from request: Request, context: some RequestContext) -> Response { response }

  var response: Response {
    var headers = headers
    headers[.contentType] = "application/problem+json"
    headers[.cacheControl] = "no-store"
    return Response(
      status: status, headers: headers,
      body: ResponseBody(json: Body(title: status.reasonPhrase, status: status.code, detail: detail)))
  }

  /// What is sent.
  struct Body: Codable, Equatable {
    let title: String
    let status: Int
    let detail: String
  }
}
