import TesseraTensors

/// The number of pixels added around a picture before a window slides over it.
public enum Padding: Sendable, Hashable {
  /// As many as `ceil(size / stride)` results need; an odd one goes at the end (TensorFlow and Keras).
  case same
  /// None.
  case valid
  /// This many on each side.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)

  /// The same number on all four sides (PyTorch).
  public static func explicit(_ all: Int) -> Padding { .explicit(top: all, bottom: all, left: all, right: all) }
}

/// The part of a transposed convolution's full result that is cut off.
public enum Cropping: Sendable, Hashable {
  /// The result is `stride` times the input's size; an odd pixel is cut off at the end (Keras' "same").
  case same
  /// Nothing; `input * stride + max(kernel - stride, 0)` (Keras' "valid").
  case valid
  /// This many on each side; negative numbers add rows that no window reaches (PyTorch's `output_padding`).
  case explicit(top: Int, bottom: Int, left: Int, right: Int)
}

/// A length along each of a picture's two axes.
public struct Extent: Sendable, Hashable, CustomStringConvertible, ExpressibleByIntegerLiteral {
  public let height: Int
  public let width: Int

  /// The two lengths, in pixels or windows.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// The same along both axes.
  public init(_ both: Int) { self.init(height: both, width: both) }
  public init(integerLiteral value: Int) { self.init(value) }

  /// Height times width.
  public var area: Int { height * width }
  public var description: String { "\(height) x \(width)" }
}

/// Where windows lie on a picture: the geometry that convolution and pooling share.
///
/// Along each axis `output = (input + padding - ((window - 1) dilation + 1)) / stride + 1`, rounded down.
public struct WindowGeometry: Sendable, Hashable {
  /// The picture's size in pixels.
  public let input: Extent
  /// The number of windows.
  public let output: Extent
  /// The number of taps of one window.
  public let window: Extent
  /// Pixels from one window to the next.
  public let stride: Extent
  /// Pixels from one tap to the next.
  public let dilation: Extent
  /// Pixels added before the first row and column.
  public let top: Int
  public let left: Int

  /// Creates the windows of a convolution or pooling over pictures of size `input`; stops if the window does not fit.
  public init(
    _ operation: String, input: Extent, window: Extent, stride: Extent = 1, dilation: Extent = 1, padding: Padding
  ) {
    require(
      min(window.height, window.width, stride.height, stride.width, dilation.height, dilation.width) > 0,
      "\(operation): window \(window), stride \(stride) and dilation \(dilation) must be positive")
    let sides = Self.sides(padding, input, window, stride, dilation)
    func count(_ input: Int, _ padding: Int, _ window: Int, _ stride: Int, _ dilation: Int) -> Int {
      (input + padding - (window - 1) * dilation - 1 + stride) / stride
    }
    let rows = count(input.height, sides.top + sides.bottom, window.height, stride.height, dilation.height)
    let columns = count(input.width, sides.left + sides.right, window.width, stride.width, dilation.width)
    require(
      rows > 0 && columns > 0 && min(sides.top, sides.bottom, sides.left, sides.right) >= 0,
      "\(operation): a window of \(window), dilation \(dilation), does not fit into a picture of \(input) "
        + "with padding \(padding)")
    self.init(
      input: input, output: Extent(height: rows, width: columns), window: window, stride: stride, dilation: dilation,
      top: sides.top, left: sides.left)
  }

  /// Creates the windows whose adjoint maps pictures of size `small` to the larger pictures of a transposed
  /// convolution.
  public init(
    transposing small: Extent, window: Extent, stride: Extent, dilation: Extent = 1, cropping: Cropping
  ) {
    func reach(_ window: Int, _ dilation: Int) -> Int { (window - 1) * dilation + 1 }
    let reached = (reach(window.height, dilation.height), reach(window.width, dilation.width))
    let sides: (top: Int, bottom: Int, left: Int, right: Int)
    switch cropping {
    case .same:
      let (rows, columns) = (reached.0 - stride.height, reached.1 - stride.width)
      let (top, left) = (max(rows, 0) / 2, max(columns, 0) / 2)
      sides = (top, rows - top, left, columns - left)
    case .valid:
      sides = (0, min(reached.0 - stride.height, 0), 0, min(reached.1 - stride.width, 0))
    case .explicit(let top, let bottom, let left, let right):
      sides = (top, bottom, left, right)
    }
    let large = Extent(
      height: (small.height - 1) * stride.height + reached.0 - sides.top - sides.bottom,
      width: (small.width - 1) * stride.width + reached.1 - sides.left - sides.right)
    require(
      large.height > 0 && large.width > 0 && sides.top >= 0 && sides.left >= 0,
      "transposedConv2D: cropping \(cropping) leaves nothing of a result for an input of \(small), window \(window)")
    self.init(
      input: large, output: small, window: window, stride: stride, dilation: dilation, top: sides.top, left: sides.left)
  }

  private init(
    input: Extent, output: Extent, window: Extent, stride: Extent, dilation: Extent, top: Int, left: Int
  ) {
    self.input = input
    self.output = output
    self.window = window
    self.stride = stride
    self.dilation = dilation
    self.top = top
    self.left = left
  }

  /// The same windows with other taps, the first of which lie this far before the picture.
  func taking(_ window: Extent, top: Int, left: Int) -> WindowGeometry {
    WindowGeometry(
      input: input, output: output, window: window, stride: stride,
      dilation: Extent(
        height: window.height == 1 ? 1 : dilation.height, width: window.width == 1 ? 1 : dilation.width),
      top: top, left: left)
  }

  private static func sides(
    _ padding: Padding, _ input: Extent, _ window: Extent, _ stride: Extent, _ dilation: Extent
  ) -> (top: Int, bottom: Int, left: Int, right: Int) {
    func total(_ size: Int, _ window: Int, _ stride: Int, _ dilation: Int) -> Int {
      max(((size + stride - 1) / stride - 1) * stride + (window - 1) * dilation + 1 - size, 0)
    }
    switch padding {
    case .valid: return (0, 0, 0, 0)
    case .explicit(let top, let bottom, let left, let right): return (top, bottom, left, right)
    case .same:
      let rows = total(input.height, window.height, stride.height, dilation.height)
      let columns = total(input.width, window.width, stride.width, dilation.width)
      return (rows / 2, rows - rows / 2, columns / 2, columns - columns / 2)
    }
  }
}
