import TesseraTensors

/// A photograph: 8- or 16-bit samples, gray or RGB, row by row with channels interleaved.
///
/// ```swift
/// let photo = try Image(contentsOf: "street.jpg")
/// let input = photo.resized(toWidth: 128, height: 128).tensor   // [128, 128, 3] in 0...255
/// ```
public struct Image: Sendable, Equatable {
  /// The numbers of a picture, `[height, width, channels]` row-major.
  public enum Samples: Sendable, Equatable {
    /// 0 is black, 255 is white.
    case eightBit([UInt8])

    /// 0 is black, 65535 is white.
    case sixteenBit([UInt16])

    /// The number of samples.
    public var count: Int {
      switch self {
      case .eightBit(let samples): samples.count
      case .sixteenBit(let samples): samples.count
      }
    }
  }

  /// In pixels.
  public let width: Int
  /// In pixels.
  public let height: Int

  /// 1 (gray) or 3 (red, green, blue).
  public let channels: Int

  /// The samples at the picture's own depth; 16-bit files keep their precision from reading to writing.
  public private(set) var samples: Samples

  /// Creates a picture of 8-bit samples, `[height, width, channels]` row-major.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    self.init(width: width, height: height, channels: channels, samples: .eightBit(pixels))
  }

  /// Creates a picture of samples of either depth, `[height, width, channels]` row-major.
  public init(width: Int, height: Int, channels: Int, samples: Samples) {
    require(channels == 1 || channels == 3, "Image: there must be 1 or 3 channels; got \(channels)")
    require(width > 0 && height > 0, "Image: width and height must be positive; got \(width) x \(height)")
    require(
      samples.count == width * height * channels,
      "Image: \(width) x \(height) x \(channels) samples were promised, \(samples.count) given")
    self.width = width
    self.height = height
    self.channels = channels
    self.samples = samples
  }

  /// Creates a picture of one color.
  public init(width: Int, height: Int, color: Color) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for _ in 0..<width * height {
      pixels.append(color.red)
      pixels.append(color.green)
      pixels.append(color.blue)
    }
    self.init(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// 8 or 16.
  public var bitDepth: Int {
    switch samples {
    case .eightBit: 8
    case .sixteenBit: 16
    }
  }

  /// The samples as 8 bits, `[height, width, channels]` row-major; those of a 16-bit picture are rounded, and writing
  /// to them makes the picture an 8-bit one.
  public var pixels: [UInt8] {
    get {
      switch samples {
      case .eightBit(let samples): samples
      case .sixteenBit(let samples): samples.map { UInt8((UInt32($0) * 255 + 32767) / 65535) }
      }
    }
    _modify {
      // The array is moved out while it is changed: a second reference would make every change a copy.
      var pixels = self.pixels
      samples = .eightBit([])
      defer { samples = .eightBit(pixels) }
      let count = pixels.count
      yield &pixels
      require(pixels.count == count, "Image.pixels: there must be \(count) samples; got \(pixels.count)")
    }
  }
}
