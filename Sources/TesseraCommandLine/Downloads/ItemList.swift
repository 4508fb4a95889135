import Foundation
import Tessera
import TesseraDownloads

/// What can be downloaded, as help lists it.
enum ItemList {
  static var text: String {
    [
      ("Data sets:", DownloadItem.catalog.filter { if case .dataSet = $0.purpose { true } else { false } }),
      ("Whole networks, * without commercial use:", DownloadItem.networks),
      ("Encoders, trained on ImageNet:", DownloadItem.encoders),
    ].map { heading, items in ([heading] + items.map(line)).joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private static func line(_ item: DownloadItem) -> String {
    let mark = item.license?.commercialUse == .excluded ? "*" : " "
    let name = item.name.padding(toLength: 26, withPad: " ", startingAt: 0)
    return " \(mark)\(name) \(item.title), \(item.bytes / 1_000_000) MB"
  }
}
