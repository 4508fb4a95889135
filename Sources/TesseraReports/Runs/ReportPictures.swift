import Foundation
import TesseraFiles

/// The best and the worst validation pictures of an epoch: what `report-pictures.json` holds.
public struct ReportPictures: Sendable, Equatable, Codable {
  /// A picture with its masks, each an encoded file.
  public struct Picture: Sendable, Equatable, Codable {
    public let name: String
    /// The mean IoU over the classes that are true or predicted in the picture.
    public let meanIoU: Double
    /// Right pixels / counted pixels.
    public let pixelAccuracy: Double
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// The classes that are true or predicted, the most frequent first.
    public let classes: [Int]
    /// JPEG.
    public let photograph: Data
    /// PNG in the classes' colors.
    public let truth: Data
    /// PNG in the classes' colors.
    public let prediction: Data
    /// PNG: wrong pixels white, right ones black, void ones grey.
    public let errors: Data
  }

  /// Counted from 1.
  public let epoch: Int
  /// The best first.
  public let best: [Picture]
  /// The worst first.
  public let worst: [Picture]

  /// - Throws: `DecodingError`, or what reading throws.
  init(contentsOf path: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  init(epoch: Int, best: [Picture], worst: [Picture]) {
    self.epoch = epoch
    self.best = best
    self.worst = worst
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(self) + Data("\n".utf8)), to: path, isDurable: false)
  }
}
