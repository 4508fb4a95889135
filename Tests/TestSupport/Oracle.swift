import TesseraTensors

/// Operations in plain loops over `Double`, written from their definitions and not from the library.
public enum Oracle {}

extension Oracle {
  /// One axis of a sliding window: for result o and tap k the source index is `o * stride - before + k * dilation`.
  public struct Axis: Sendable {
    public let size: Int
    public let window: Int
    public let stride: Int
    public let dilation: Int
    public let before: Int
    public let results: Int

    /// `before` and `after` pixels of padding; `nil` for TensorFlow's "same".
    public init(size: Int, window: Int, stride: Int, dilation: Int = 1, padding: (before: Int, after: Int)?) {
      (self.size, self.window, self.stride, self.dilation) = (size, window, stride, dilation)
      let reach = (window - 1) * dilation + 1
      if let padding {
        before = padding.before
        // Counted, not computed: windows are laid until one leaves the padded picture.
        var count = 0
        while count * stride + reach <= size + padding.before + padding.after { count += 1 }
        results = count
      } else {
        results = Int((Double(size) / Double(stride)).rounded(.up))
        before = max((results - 1) * stride + reach - size, 0) / 2
      }
    }

    /// The window's place in a transposed convolution, whose input has `size` pixels and whose full result is cut at
    /// the start by `before`.
    public init(transposing results: Int, to size: Int, window: Int, stride: Int, dilation: Int, before: Int) {
      (self.results, self.size, self.window, self.stride) = (results, size, window, stride)
      (self.dilation, self.before) = (dilation, before)
    }

    /// The source index; nil where it lies in the padding.
    public func source(_ result: Int, _ tap: Int) -> Int? {
      let index = result * stride - before + tap * dilation
      return index >= 0 && index < size ? index : nil
    }
  }

  /// All windows over pictures.
  public struct Windows: Sendable {
    public let rows: Axis
    public let columns: Axis

    public init(rows: Axis, columns: Axis) {
      self.rows = rows
      self.columns = columns
    }
  }
}
