import Foundation

/// Where a server may redirect a request.
package enum RedirectionRule {
  /// The maximum number of redirections of one request.
  static let limit = 8

  /// Whether `target` may follow on `address`: web addresses only, and never from an encrypted connection to an
  /// unencrypted one.
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
