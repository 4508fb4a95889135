import HTTPTypes
import Hummingbird

/// What answers requests of one method for one path.
struct Route: Sendable {
  let method: HTTPRequest.Method
  let path: String
  let answer: @Sendable (Request, ServerContext) async throws -> Response

  /// The methods that it answers: whoever may get something may also ask for its head alone.
  var methods: [HTTPRequest.Method] { method == .get ? [.get, .head] : [method] }
}
