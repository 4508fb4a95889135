import Foundation

/// Where a server may send a request on to.
package enum RedirectionRule {
  /// The most redirections of one request.
  static let limit = 8

  /// Whether `target` may follow on `address`: web addresses only, and never from a protected connection to an open
  /// one.
  package static func allows(_ target: String, from address: String) -> Bool {
    switch (scheme(of: address), scheme(of: target)) {
    case ("http", "http"), ("http", "https"), ("https", "https"): true
    default: false
    }
  }

  /// Whether this is the address of something on a web server.
  package static func isWebAddress(_ address: String) -> Bool {
    ["http", "https"].contains(scheme(of: address)) && URL(string: address)?.host?.isEmpty == false
  }

  private static func scheme(of address: String) -> String? { URL(string: address)?.scheme?.lowercased() }
}
