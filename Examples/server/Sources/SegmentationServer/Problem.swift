import Hummingbird

/// Why a request gets no mask: a status and a sentence, as JSON of "Problem Details for HTTP APIs" (RFC 9457).
struct Problem: Error, HTTPResponseError, Equatable {
  let status: HTTPResponse.Status
  let detail: String
  /// After how many seconds another attempt makes sense.
  var retryAfter: Int?
  /// Whether the connection ends with the answer, because the rest of an upload is not read.
  var closesConnection = false

  init(_ status: HTTPResponse.Status, _ detail: String, retryAfter: Int? = nil) {
    self.status = status
    self.detail = detail
    // At once would be a busy loop of requests.
    self.retryAfter = retryAfter.map { max(1, $0) }
  }

  /// The same, before the upload was read to its end.
  var beforeEndOfUpload: Problem {
    var problem = self
    problem.closesConnection = true
    return problem
  }

  func response(from request: Request, context: some RequestContext) -> Response { response }

  var response: Response {
    var headers: HTTPFields = [.contentType: "application/problem+json", .cacheControl: "no-store"]
    headers[.retryAfter] = retryAfter.map(String.init)
    if closesConnection { headers[.connection] = "close" }
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
