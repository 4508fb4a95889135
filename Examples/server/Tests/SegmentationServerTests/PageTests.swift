import Foundation
import Testing

@testable import SegmentationServer

@Suite struct PageTests {
  @Test func everythingThatThePageNamesIsServed() async throws {
    try await withServer { server in
      let page = try await server.request("GET", "/")
      #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
      let text = String(decoding: page.body, as: UTF8.self)
      let names = text.matches(of: #/(?:src|href)="(?<name>[^"]*)"/#).map { String($0.name) }.filter { $0 != "data:," }
      #expect(names == ["page.css", "page.js"])
      for name in names { #expect(try await server.request("GET", "/\(name)").status == 200) }
    }
  }

  /// The policy forbids scripts and styles in the page, and anything from elsewhere, so neither may be needed.
  @Test func thePageNeedsNothingFromElsewhere() async throws {
    try await withServer { server in
      let page = try await server.request("GET", "/")
      let policy = try #require(page.headers["content-security-policy"])
      #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"))
      #expect(!policy.contains("unsafe"))
      let text = String(decoding: page.body, as: UTF8.self)
      #expect(text.firstMatch(of: #/<style|\sstyle=|\son\w+=|<script[^>]*>[^<]|https?:/#) == nil)
      for path in ["/page.css", "/page.js"] {
        let asset = String(decoding: try await server.request("GET", path).body, as: UTF8.self)
        #expect(asset.firstMatch(of: #/https?:|@import|\bimport\b/#) == nil)
      }
    }
  }

  @Test func controlsHaveNamesForEverybody() throws {
    let text = String(decoding: PackageResources.page_html, as: UTF8.self)
    #expect(text.contains(#"<html lang="en">"#) && text.contains(#"role="status""#))
    // Every control is a native one with a text, a label around it, or a label for it.
    for button in text.matches(of: #/<button[^>]*>(?<name>[^<]*)</#) { #expect(!button.name.isEmpty) }
    for input in text.matches(of: #/<input id="(?<id>\w+)"(?<rest>[^>]*)>/#) where !input.rest.contains("hidden") {
      let label = try Regex("<label[^>]*>[^<]+<input id=\"\(input.id)\"")
      #expect(text.firstMatch(of: label) != nil, "\(input.id)")
    }
  }
}
