extension Tensor: CustomStringConvertible {
  /// The shape and the elements in nested brackets; the middle of long axes is omitted.
  ///
  /// ```swift
  /// print(Tensor([1, 2, 3, 4], shape: [2, 2]))   // Tensor [2, 2]: [[1.0, 2.0], [3.0, 4.0]]
  /// ```
  public var description: String {
    withUnsafeBufferPointer { elements in
      "Tensor \(shape): \(Self.describe(elements[...], axis: 0, of: shape))"
    }
  }

  private static func describe(_ elements: Slice<UnsafeBufferPointer<Float>>, axis: Int, of shape: Shape) -> String {
    guard axis < shape.rank else { return elements.first.map { "\($0)" } ?? "" }
    let length = shape.dimensions[axis]
    let step = length == 0 ? 0 : elements.count / length
    let shown = 3
    var parts: [String] = []
    for index in 0..<length {
      if length > 2 * shown && index >= shown && index < length - shown {
        if index == shown { parts.append("...") }
        continue
      }
      let start = elements.startIndex + index * step
      parts.append(describe(elements[start..<start + step], axis: axis + 1, of: shape))
    }
    return "[" + parts.joined(separator: ", ") + "]"
  }
}
