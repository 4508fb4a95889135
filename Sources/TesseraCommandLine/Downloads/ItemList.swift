import Foundation
import Tessera
import TesseraArchives
import TesseraDownloads

/// What can be downloaded, as help lists it.
enum ItemList {
  static var text: String {
    [
      ("Data sets:", DownloadItem.catalog.filter { if case .dataSet = $0.purpose { true } else { false } }),
      ("Whole networks, * without commercial use:", DownloadItem.networks),
      ("Encoders, trained on ImageNet:", DownloadItem.encoders),
    ].map { heading, items in ([heading] + lines(items)).joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private static func lines(_ items: [DownloadItem]) -> [String] {
    let width = items.map(\.name.count).max() ?? 0
    return items.map { item in
      let mark = item.license?.commercialUse == .excluded ? "*" : " "
      let name = item.name.padding(toLength: width, withPad: " ", startingAt: 0)
      return " \(mark)\(name) \(item.title), \(byteCount(item.bytes))"
    }
  }
}
