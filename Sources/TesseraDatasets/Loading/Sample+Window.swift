import TesseraImaging
import TesseraTensors

extension Sample {
  /// The part of image and mask below a window that may reach beyond them: there the image is medium gray and the mask
  /// void.
  func window(left: Int, top: Int, size: ImageSize) -> Sample {
    let (channels, pixels) = (image.channels, image.pixels)
    let reachesOut = left < 0 || top < 0 || left + size.width > image.width || top + size.height > image.height
    require(
      !reachesOut || mask.labelSpace.void != nil,
      "Sample.window: a window beyond the picture needs a label space with void")
    var newPixels = [UInt8](repeating: 128, count: size.width * size.height * channels)
    var newIndices = [UInt16](repeating: UInt16(mask.labelSpace.void ?? 0), count: size.width * size.height)
    let columns = max(0, -left)..<max(max(0, -left), min(size.width, image.width - left))
    for row in max(0, -top)..<max(max(0, -top), min(size.height, image.height - top)) {
      let source = (row + top) * image.width + left
      let target = row * size.width
      for column in columns {
        newIndices[target + column] = mask.indices[source + column]
        for channel in 0..<channels {
          newPixels[(target + column) * channels + channel] = pixels[(source + column) * channels + channel]
        }
      }
    }
    return Sample(
      name: name, image: Image(width: size.width, height: size.height, channels: channels, pixels: newPixels),
      mask: Mask(width: size.width, height: size.height, indices: newIndices, labelSpace: mask.labelSpace))
  }
}
