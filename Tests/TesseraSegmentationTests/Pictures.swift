import TesseraImaging
import TesseraTensors

/// A label space of `count` classes.
func space(_ count: Int, void: Int? = nil) -> LabelSpace {
  LabelSpace(names: (0..<count).map { "class \($0)" }, void: void)
}

/// A mask of random indices out of `values`.
func randomMask(_ width: Int, _ height: Int, of values: [Int], in space: LabelSpace, seed: UInt64) -> Mask {
  var random = RandomStream(seed: seed).derived("mask")
  return Mask(
    width: width, height: height,
    indices: (0..<width * height).map { _ in UInt16(values[random.index(below: values.count)]) }, labelSpace: space)
}

/// A picture whose pixel (x, y) has the color that `color` gives it.
func picture(_ width: Int, _ height: Int, _ color: (_ x: Int, _ y: Int) -> (Int, Int, Int)) -> Image {
  let pixels = (0..<width * height).flatMap { index in
    let color = color(index % width, index / width)
    return [UInt8(color.0), UInt8(color.1), UInt8(color.2)]
  }
  return Image(width: width, height: height, channels: 3, pixels: pixels)
}
