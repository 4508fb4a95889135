import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// What a well-formed document holds.
public struct Elements {
  /// Attributes of all elements by name, in their order.
  public let attributes: [String: [[String: String]]]
  /// The text outside of scripts and styles, blanks run together.
  public let text: String

  /// Fails where the document is not well-formed.
  public init(_ markup: String) throws {
    let collector = Collector()
    let parser = XMLParser(data: Data(markup.utf8))
    parser.delegate = collector
    try #require(parser.parse(), "\(String(describing: parser.parserError)) in line \(parser.lineNumber)")
    attributes = collector.attributes
    text = collector.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  public subscript(name: String) -> [[String: String]] { attributes[name] ?? [] }

  /// All values of an attribute.
  public func values(of attribute: String) -> [String] { attributes.values.flatMap(\.self).compactMap { $0[attribute] } }
}

private final class Collector: NSObject, XMLParserDelegate {
  var attributes: [String: [[String: String]]] = [:]
  var text = ""
  private var silent = 0

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    self.attributes[name, default: []].append(attributes)
    if ["script", "style"].contains(name) { silent += 1 }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    if ["script", "style"].contains(name) { silent -= 1 }
    text += " "
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if silent == 0 { text += string }
  }
}
