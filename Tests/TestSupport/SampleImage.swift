import TesseraImaging

/// A picture without symmetries: a gradient with some texture.
public func sampleImage(width: Int, height: Int, channels: Int = 3) -> Image {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      for channel in 0..<channels { pixels.append(UInt8((x * 7 + y * 13 + channel * 50 + (x * y) % 5) % 256)) }
    }
  }
  return Image(width: width, height: height, channels: channels, pixels: pixels)
}
