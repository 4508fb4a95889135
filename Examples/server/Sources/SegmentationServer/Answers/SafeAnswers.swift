import HTTPTypes
import Hummingbird

/// Gives every answer the headers that browsers should see, and every error a sentence.
struct SafeAnswers: RouterMiddleware {
  typealias Context = ServerContext

  /// The page loads nothing from elsewhere, and nobody may frame it.
  private static let headers: [(name: String, value: String)] = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
        + "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
  ]

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    var response = await answer(request, context, next)
    for (name, value) in Self.headers {
      if let name = HTTPField.Name(name) { response.headers[name] = value }
    }
    return response
  }

  private func answer(
    _ request: Request, _ context: Context, _ next: (Request, Context) async throws -> Response
  ) async -> Response {
    do {
      return try await next(request, context)
    } catch let problem as Problem {
      return problem.response
    } catch let error as HTTPError where error.status == .notFound {
      let detail = "There is no \(request.method) \(request.uri.path); GET / is a page, GET /v1/openapi.json the API."
      return Problem(.notFound, detail).beforeEndOfUpload.response
    } catch {
      context.logger.error("\(request.method) \(request.uri.path): \(error)")
      return Problem(.internalServerError, "The server made a mistake; its log says which.").beforeEndOfUpload.response
    }
  }
}
