import Foundation

/// The formats of picture files, by their names.
package enum FileFormat: String, Sendable, CaseIterable {
  case jpeg = "JPEG"
  case png = "PNG"
  case tiff = "TIFF"
  case webp = "WebP"

  /// The extensions of its files, the usual one first.
  package var endings: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg"]
    case .png: ["png"]
    case .tiff: ["tif", "tiff"]
    case .webp: ["webp"]
    }
  }

  /// Whether this program reads it: it is built for TIFF and WebP only on request, so that nobody else needs their
  /// libraries.
  package var isRead: Bool {
    switch self {
    case .jpeg, .png: true
    case .tiff:
      #if TIFF
        true
      #else
        false
      #endif
    case .webp:
      #if WebP
        true
      #else
        false
      #endif
    }
  }

  /// Those that this program reads.
  package static let read = allCases.filter(\.isRead)

  /// Those that hold masks.
  private static let ofMasks = read.filter { $0 == .png || $0 == .tiff }

  /// How a program is made that reads it.
  package var howToRead: String {
    "build the program with --traits \(rawValue) (scripts/setup.sh --\(rawValue.lowercased()) installs what that needs)"
  }

  /// The format that a name's extension says, in any case, whether it is read or not.
  package init?(fileName: String) {
    let ending = (fileName as NSString).pathExtension.lowercased()
    guard let format = Self.allCases.first(where: { $0.endings.contains(ending) }) else { return nil }
    self = format
  }

  /// The names of those that are read: "JPEG or PNG".
  package static let names = list(read.map(\.rawValue), "or")

  /// The names of those that hold masks: "PNG".
  package static let maskNames = list(ofMasks.map(\.rawValue), "or")

  /// The extensions of those that are read: ".jpg, .jpeg or .png".
  package static let endings = endings(of: read)

  /// The extensions of those that hold masks: ".png".
  package static let maskEndings = endings(of: ofMasks)

  private static func endings(of formats: [FileFormat]) -> String {
    list(formats.flatMap(\.endings).map { ".\($0)" }, "or")
  }

  /// Words with a conjunction before the last: "JPEG, PNG or TIFF".
  package static func list(_ words: [String], _ conjunction: String) -> String {
    words.count < 2 ? words.joined() : "\(words.dropLast().joined(separator: ", ")) \(conjunction) \(words.last!)"
  }
}
