import Foundation
import TesseraFiles
import TesseraImaging

/// What was found in a picture or mask of a data set, and how to tell whether it is still the file that was read.
package struct FileFindings: Sendable, Equatable {
  package let stamp: FileStamp
  /// A CRC-32 of all bytes.
  package let checksum: UInt32
  /// In pixels, upright.
  package let size: ImageSize
  /// For a mask, the number of pixels for each value that occurs.
  package let pixels: [Int: Int]?
  /// The number of channels that a network sees of a picture.
  package let channels: Int
  /// How a mask was read, if its values are not numbers; with other colors it would hold other classes.
  package let reading: UInt32?

  package init(
    stamp: FileStamp, checksum: UInt32, size: ImageSize, pixels: [Int: Int]? = nil, channels: Int? = nil,
    reading: UInt32? = nil
  ) {
    self.channels = channels ?? Self.usualChannels
    (self.stamp, self.checksum, self.size, self.pixels) = (stamp, checksum, size, pixels)
    self.reading = reading
  }

  /// Those of a photograph, which records do not name.
  private static let usualChannels = 3

  /// Whether both are of the same bytes, whenever they were written.
  package func hasSameBytes(as other: FileFindings) -> Bool {
    checksum == other.checksum && stamp.length == other.stamp.length
  }
}

extension FileFindings: Codable {
  private enum CodingKeys: String, CodingKey {
    case length, modified, changed, checksum, width, height, channels, pixels, reading
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    stamp = FileStamp(
      length: try values.count(.length), modified: try values.whole(.modified, in: .min...(.max)),
      changed: try values.whole(.changed, in: .min...(.max)))
    checksum = UInt32(try values.count(.checksum, upTo: Int(UInt32.max)))
    size = ImageSize(
      width: try values.whole(.width, in: 1...1 << 31), height: try values.whole(.height, in: 1...1 << 31))
    channels = try values.contains(.channels) ? values.whole(.channels, in: 1...16) : Self.usualChannels
    pixels = try values.decodeIfPresent([Int: Int].self, forKey: .pixels)
    reading = try values.countIfPresent(.reading, upTo: Int(UInt32.max)).map { UInt32($0) }
    if let pixels, !pixels.allSatisfy({ (0...Int(UInt16.max)).contains($0.key) && (1...1 << 40).contains($0.value) }) {
      throw DecodingError.dataCorruptedError(
        forKey: .pixels, in: values, debugDescription: "\"pixels\" holds what no mask can hold")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(stamp.length, forKey: .length)
    try values.encode(stamp.modified, forKey: .modified)
    try values.encode(stamp.changed, forKey: .changed)
    try values.encode(checksum, forKey: .checksum)
    try values.encode(size.width, forKey: .width)
    try values.encode(size.height, forKey: .height)
    if channels != Self.usualChannels { try values.encode(channels, forKey: .channels) }
    try values.encodeIfPresent(pixels, forKey: .pixels)
    try values.encodeIfPresent(reading, forKey: .reading)
  }
}
