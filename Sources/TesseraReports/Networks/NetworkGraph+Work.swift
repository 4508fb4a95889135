import Foundation
import TesseraLayers

extension NetworkGraph {
  /// The multiply-adds of a pass in words: `12.87 GMAC`, `3.20 MMAC`.
  public var workDescription: String {
    let count = Double(nodes.reduce(0) { $0 + $1.multiplyAdds })
    return count < 1e8 ? String(format: "%.2f MMAC", count * 1e-6) : String(format: "%.2f GMAC", count * 1e-9)
  }
}
