import TesseraImaging
import TesseraTensors

extension Sample {
  /// The part of image and mask below a window that may reach beyond them: there the image is medium gray and the mask
  /// void.
  func window(left: Int, top: Int, size: ImageSize) -> Sample {
    let reachesOut = left < 0 || top < 0 || left + size.width > image.width || top + size.height > image.height
    require(
      !reachesOut || mask.labelSpace.void != nil,
      "Sample.window: a window beyond the picture needs a label space with void")
    return Sample(
      name: name,
      image: image.window(
        left: left, top: top, width: size.width, height: size.height, color: Color(128, 128, 128)),
      mask: mask.window(
        left: left, top: top, width: size.width, height: size.height, index: mask.labelSpace.void ?? 0))
  }
}
