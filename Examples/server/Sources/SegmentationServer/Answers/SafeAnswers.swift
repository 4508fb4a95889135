import HTTPTypes
import Hummingbird

/// Gives every answer the headers that browsers should see, and every error a sentence.
///
/// A path has one spelling. The router takes "/metrics/" and "//metrics" for "/metrics", but a proxy that keeps the one for
/// itself lets the others through.
struct SafeAnswers: RouterMiddleware {
  typealias Context = ServerContext

  /// The methods of each path.
  let methods: [String: [HTTPRequest.Method]]

  init(for routes: [Route]) {
    methods = routes.reduce(into: [:]) { methods, route in methods[route.path, default: []] += route.methods }
  }

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
      try check(request)
      return try await next(request, context)
    } catch let problem as Problem {
      return problem.response
    } catch {
      context.logger.error("\(request.method) \(request.uri.path): \(error)")
      return Problem(.internalServerError, "The server made a mistake; its log says which.").response
    }
  }

  /// - Throws: 404 or 405 if nothing answers the request.
  private func check(_ request: Request) throws {
    let path = request.uri.path
    guard let methods = methods[path] else {
      throw Problem(.notFound, "There is no \(path); GET / is a page, GET /v1/openapi.json the API.")
    }
    guard methods.contains(request.method) else {
      let allowed = methods.map(\.rawValue).joined(separator: ", ")
      throw Problem(
        .methodNotAllowed, "\(path) does not take \(request.method); it takes \(allowed).", headers: [.allow: allowed])
    }
  }
}
