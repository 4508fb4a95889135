import TesseraCheckpoints

/// A row of numbers in a file of its own within a PyTorch archive.
package struct TorchStorage: Sendable {
  /// The file's name.
  let key: String
  let type: ScalarType
  /// Elements.
  let count: Int

  /// In bytes; the largest number where it would be more.
  var byteCount: Int {
    let (bytes, overflow) = count.multipliedReportingOverflow(by: type.bits / 8)
    return overflow ? .max : bytes
  }
}

/// A view into a storage, as PyTorch's tensors are: where it begins, and how far it is from one element to the next
/// along each axis.
package struct TorchTensor: Sendable {
  let storage: TorchStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  var elementCount: Int { shape.contains(0) ? 0 : shape.reduce(1, *) }

  /// Whether the elements lie one behind the other in row-major order.
  var isContiguous: Bool {
    var step = 1
    for (length, stride) in zip(shape, strides).reversed() where length != 1 {
      if stride != step { return false }
      step *= length
    }
    return true
  }

  /// Checks that every element lies in the storage, and that the storage is there.
  ///
  /// - Parameter size: the bytes that the archive has for the storage; `nil` where it has none.
  /// - Throws: `PretrainedWeightsError.damaged`.
  func check(against size: Int?, _ name: String, file: String) throws {
    func fault(_ reason: String) -> PretrainedWeightsError { .damaged(file: file, place: name, reason: reason) }
    guard let size else { throw fault("its numbers, 'data/\(storage.key)', are missing from the archive") }
    guard storage.count >= 0, storage.byteCount == size else {
      throw fault("it says that 'data/\(storage.key)' has \(storage.count) elements, but that has \(size) bytes")
    }
    guard shape.count == strides.count, shape.count <= 16, offset >= 0, (shape + strides).allSatisfy({ $0 >= 0 }) else {
      throw fault("no tensor has the shape \(shape), strides \(strides) and offset \(offset)")
    }
    var (last, count) = (offset, 1)
    for (length, stride) in zip(shape, strides) where length > 0 {
      let (reach, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(reach)
      let (product, productOverflow) = count.multipliedReportingOverflow(by: length)
      guard !overflow, !sumOverflow, !productOverflow else { throw fault("the shape \(shape) is too large") }
      (last, count) = (sum, product)
    }
    guard shape.contains(0) || last < storage.count else {
      throw fault("shape \(shape) with strides \(strides) reaches element \(last) of \(storage.count)")
    }
  }
}
