import Foundation
import TesseraTerminal

/// Writes the elements of an SVG picture or an HTML page in the order in which they are added.
///
/// What it writes is well-formed XML, also as HTML.
package struct MarkupWriter {
  package private(set) var text = ""
  private var depth = 0

  package init() {}

  /// Elements that are written as one tag when they are empty: HTML's void elements and SVG's shapes. HTML has no such
  /// form for others.
  private static let hollow: Set = ["meta", "img", "input", "br", "col", "path", "rect", "circle", "svg"]

  /// Adds an element that holds nothing or text, which is escaped.
  package mutating func add(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], text content: String? = nil
  ) {
    let opening = Self.opening(name, attributes)
    if content == nil && Self.hollow.contains(name) { return line("<\(opening)/>") }
    line("<\(opening)>\((content ?? "").escapedForXML)</\(name)>")
  }

  /// Adds an element around those that `body` adds.
  package mutating func add(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], containing body: (inout MarkupWriter) -> Void
  ) {
    line("<\(Self.opening(name, attributes))>")
    depth += 1
    body(&self)
    depth -= 1
    line("</\(name)>")
  }

  /// Adds text between elements, escaped.
  package mutating func add(text content: String) { line(content.escapedForXML) }

  /// Adds `rules` of CSS, which are not user text and stay as they are.
  package mutating func addStyle(_ rules: [String]) {
    line("<style>")
    depth += 1
    for rule in rules { line(rule) }
    depth -= 1
    line("</style>")
  }

  /// Adds a program, which is not user text and stays as it is; hidden from XML, where its characters have a meaning.
  package mutating func addScript(_ program: String) {
    line("<script>/*<![CDATA[*/\n\(program)\n/*]]>*/</script>")
  }

  /// Adds what another writer wrote.
  package mutating func add(markup: String) { text += markup }

  private mutating func line(_ content: String) {
    text += String(repeating: " ", count: depth) + content + "\n"
  }

  private static func opening(_ name: String, _ attributes: KeyValuePairs<String, String>) -> String {
    // An attribute without a value is one that does not apply here.
    name + attributes.filter { !$0.value.isEmpty }.map { " \($0.key)=\"\($0.value.escapedForXML)\"" }.joined()
  }
}

extension String {
  /// A name cut to what a page has room for: some places show it hundreds of times.
  package var onPage: String { shortened(to: 80) }

  /// The text escaped for an XML element or attribute; characters that XML does not allow become U+FFFD.
  package var escapedForXML: String {
    var result = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Double {
  /// A coordinate to a tenth of a pixel.
  package var coordinate: String {
    let text = String(format: "%.1f", self)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
