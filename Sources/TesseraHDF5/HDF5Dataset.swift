import TesseraTensors

/// An array of floats in an HDF5 file, with a size that fits the file.
///
/// The file's floats have 16, 32 or 64 bits, in either byte order.
public struct HDF5Dataset: Sendable {
  /// The shape of the array.
  public let shape: Shape
  private let place: String
  private let source: HDF5Source

  init(shape: Shape, place: String, source: HDF5Source) {
    self.shape = shape
    self.place = place
    self.source = source
  }

  /// Returns the whole array.
  ///
  /// - Throws: `HDF5Error.damaged`.
  public func tensor() throws(HDF5Error) -> Tensor {
    var fault: HDF5Error?
    let tensor = Tensor(shape: shape) { floats in
      do throws(HDF5Error) {
        try readBlocks(of: floats.count) { start, block in
          _ = UnsafeMutableBufferPointer(rebasing: floats[start...]).update(fromContentsOf: block)
        }
      } catch { fault = error }
    }
    if let fault { throw fault }
    return tensor
  }

  /// Calls `body` with all elements in row-major order, converted to 32 bits, `count` at a time.
  ///
  /// - Parameters:
  ///   - count: the number of elements in a block; the last may have fewer.
  ///   - body: receives the index of the first element, and the elements.
  /// - Throws: `HDF5Error.damaged`.
  public func readBlocks(
    of count: Int, _ body: (_ start: Int, _ block: UnsafeBufferPointer<Float>) -> Void
  ) throws(HDF5Error) {
    let total = shape.elementCount
    guard total > 0 else { return }
    let process = try source.floats(at: place)
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: min(count, total))
    defer { buffer.deallocate() }
    var start = 0
    while start < total {
      let block = UnsafeMutableBufferPointer(rebasing: buffer[..<min(buffer.count, total - start)])
      guard process.read(into: UnsafeMutableRawBufferPointer(block)) == block.count * MemoryLayout<Float>.size else {
        throw .damaged(
          file: source.path, place: place, reason: process.end() ?? "libhdf5 finds less than it announced")
      }
      body(start, UnsafeBufferPointer(block))
      start += block.count
    }
    // It has nothing left to say, however it ends.
    _ = process.end()
  }
}
