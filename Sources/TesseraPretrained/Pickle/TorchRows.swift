import TesseraTensors

/// Turns the bytes of a storage into blocks of rows of a tensor's 32-bit floats.
struct TorchRows {
  private let tensor: TorchTensor
  private let convert: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Float>) -> Void
  private let width: Int
  /// The bytes of the block that is being filled.
  private var block: [UInt8] = []
  private let blockSize: Int
  private var floats: [Float]
  /// The number of elements passed on.
  private var start = 0
  /// The storage's bytes that a contiguous tensor takes.
  let wanted: Range<Int>

  init(
    of tensor: TorchTensor, convert: @escaping (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    self.tensor = tensor
    self.convert = convert
    width = tensor.storage.type.bits / 8
    let first = tensor.storage.first + tensor.offset
    wanted = first * width..<(first + tensor.elementCount) * width
    let count = min(Shape(tensor.shape).elementsPerBlock, tensor.elementCount)
    blockSize = count * width
    floats = [Float](repeating: 0, count: count)
    block.reserveCapacity(blockSize)
  }

  /// Takes the storage's bytes from `position` on, for a contiguous tensor.
  mutating func take(
    _ piece: UnsafeRawBufferPointer, at position: Int, _ body: (Int, UnsafeBufferPointer<Float>) -> Void
  ) {
    let present = wanted.clamped(to: position..<position + piece.count)
    var first = present.lowerBound - position
    let end = present.upperBound - position
    while first < end {
      let count = min(end - first, blockSize - block.count)
      block.append(contentsOf: piece[first..<first + count])
      first += count
      if block.count == blockSize || position + first == wanted.upperBound { hand(over: body) }
    }
  }

  /// Takes the whole storage, for any tensor.
  mutating func gather(from bytes: UnsafeRawBufferPointer, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
    var index = [Int](repeating: 0, count: tensor.shape.count)
    var element = tensor.storage.first + tensor.offset
    for _ in 0..<tensor.elementCount {
      block.append(contentsOf: bytes[element * width..<(element + 1) * width])
      if block.count == blockSize { hand(over: body) }
      // The next index, the last axis first.
      for axis in tensor.shape.indices.reversed() {
        index[axis] += 1
        element += tensor.strides[axis]
        if index[axis] < tensor.shape[axis] { break }
        element -= index[axis] * tensor.strides[axis]
        index[axis] = 0
      }
    }
    if !block.isEmpty { hand(over: body) }
  }

  private mutating func hand(over body: (Int, UnsafeBufferPointer<Float>) -> Void) {
    let count = block.count / width
    floats.withUnsafeMutableBufferPointer { floats in
      let filled = UnsafeMutableBufferPointer(rebasing: floats[..<count])
      block.withUnsafeBytes { convert($0, filled) }
      body(start, UnsafeBufferPointer(filled))
    }
    start += count
    block.removeAll(keepingCapacity: true)
  }
}
