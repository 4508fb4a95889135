import ArgumentParser
import SegmentationServer

/// `tessera-server --checkpoint FILE`: a page and an API for the masks of a network.
@main
struct TesseraServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tessera-server", abstract: "Serve the masks of a network: a page for people, an API for programs.",
    discussion: """
      GET / is the page, GET /v1/openapi.json describes the API. Encryption and access are up to a proxy in front.
      SIGTERM and SIGINT finish the requests that run.
      """)

  @OptionGroup var options: ServerOptions

  func run() async throws { try await SegmentationServer(options).run() }
}
