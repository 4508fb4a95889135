/// An n-dimensional array of 32-bit floats with value semantics, row-major, channels last.
///
/// Copies share memory until one of them is written to. There are no views: slices and transposes are new arrays, so
/// every tensor is contiguous and kernels need no strides.
///
/// ```swift
/// var a = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
/// a[1, 2]                        // 6
/// a.reshaped(to: [3, 2]).shape   // [3, 2], the same memory
/// ```
public struct Tensor: Sendable {
  /// The lengths of the axes.
  public let shape: Shape
  private var storage: TensorStorage

  /// Creates a tensor of unspecified contents that `initialize` must fill completely.
  public init(shape: Shape, initializingWith initialize: (UnsafeMutableBufferPointer<Float>) throws -> Void) rethrows {
    self.shape = shape
    let context = ComputeContext.current
    storage = TensorStorage(count: shape.elementCount, in: context)
    if context.isDescribing { return }
    try initialize(UnsafeMutableBufferPointer(start: storage.pointer, count: shape.elementCount))
  }

  /// Creates a tensor of the given elements in row-major order.
  public init(_ scalars: [Float], shape: Shape) {
    require(
      scalars.count == shape.elementCount,
      "Tensor: shape \(shape) holds \(shape.elementCount) elements, but \(scalars.count) were given")
    self.init(shape: shape) { buffer in _ = buffer.update(fromContentsOf: scalars) }
  }

  /// Creates a vector of the given elements.
  public init(_ scalars: [Float]) { self.init(scalars, shape: [scalars.count]) }

  /// Creates a tensor of rank 0.
  public init(_ scalar: Float) { self.init([scalar], shape: []) }

  /// Creates a tensor in which every element is `value`.
  public init(repeating value: Float, shape: Shape) {
    self.init(shape: shape) { elements in
      // What a computation may depend on are small tensors.
      if elements.count > Self.mostRehearsed && ComputeContext.current.isRehearsing { return }
      elements.update(repeating: value)
    }
  }

  /// The most elements of a tensor that is filled in a computation that is only rehearsed.
  private static let mostRehearsed = 4096

  /// A tensor of zeros.
  public static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape: shape) }

  /// Identifies the memory that holds the elements.
  var memory: ObjectIdentifier { ObjectIdentifier(storage) }

  /// Whether both have the same elements because they have the same memory.
  package func sharesMemory(with other: Tensor) -> Bool { storage === other.storage && shape == other.shape }

  /// Whether no other tensor shares the memory.
  mutating func isSoleOwner() -> Bool { isKnownUniquelyReferenced(&storage) }

  func withSourceReference(_ body: (inout PreparedSource.Reference) -> PreparedSource) -> PreparedSource {
    storage.source.withLock { body(&$0) }
  }

  /// The number of elements.
  public var count: Int { shape.elementCount }

  /// All elements in row-major order.
  public var scalars: [Float] { withUnsafeBufferPointer { Array($0) } }

  /// The only element; stops if there are several.
  public var item: Float {
    require(count == 1, "Tensor.item: the tensor must have one element; its shape is \(shape)")
    return withUnsafeBufferPointer { $0[0] }
  }

  /// The same elements in another shape; shares memory.
  public func reshaped(to newShape: Shape) -> Tensor { Tensor(reshaping: self, to: newShape) }

  private init(reshaping tensor: Tensor, to newShape: Shape) {
    require(
      newShape.elementCount == tensor.count,
      "reshape: shape \(tensor.shape) has \(tensor.count) elements, but \(newShape) holds \(newShape.elementCount)")
    shape = newShape
    storage = tensor.storage
  }

  /// The element at one index for each axis.
  public subscript(indices: Int...) -> Float {
    get {
      let offset = offset(of: indices)
      return withUnsafeBufferPointer { $0[offset] }
    }
    set {
      let offset = offset(of: indices)
      withUnsafeMutableBufferPointer { $0[offset] = newValue }
    }
  }

  private func offset(of indices: [Int]) -> Int {
    require(indices.count == shape.rank, "subscript: shape \(shape) needs \(shape.rank) indices; got \(indices)")
    var offset = 0
    for (index, length) in zip(indices, shape.dimensions) {
      require(index >= 0 && index < length, "subscript: index \(indices) lies outside shape \(shape)")
      offset = offset * length + index
    }
    return offset
  }

  /// Calls `body` with the elements, row-major; the pointer is valid only during the call.
  public func withUnsafeBufferPointer<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(storage) {
      try body(UnsafeBufferPointer(start: storage.pointer, count: count))
    }
  }

  /// Calls `body` with the elements for writing, after a copy if the memory is shared.
  public mutating func withUnsafeMutableBufferPointer<Result>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = TensorStorage(count: count)
      if !ComputeContext.current.isRehearsing { copy.pointer.update(from: storage.pointer, count: count) }
      storage = copy
    }
    return try withExtendedLifetime(storage) {
      try body(UnsafeMutableBufferPointer(start: storage.pointer, count: count))
    }
  }

  /// Calls `body` to write every element of `new`, element by element from `old`: the same memory if no other tensor
  /// shares it, else new memory without copying first.
  package mutating func replaceElements(
    _ body: (_ old: UnsafeBufferPointer<Float>, _ new: UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    if storage.isHollow { return }
    let target = isKnownUniquelyReferenced(&storage) ? storage : TensorStorage(count: count)
    withUnsafeBufferPointer { body($0, UnsafeMutableBufferPointer(start: target.pointer, count: count)) }
    storage = target
  }
}

extension Tensor: Equatable {
  /// Whether shapes and all elements are equal (as numbers: a NaN equals nothing).
  public static func == (left: Tensor, right: Tensor) -> Bool {
    guard left.shape == right.shape else { return false }
    return left.withUnsafeBufferPointer { a in right.withUnsafeBufferPointer { b in a.elementsEqual(b) } }
  }
}
