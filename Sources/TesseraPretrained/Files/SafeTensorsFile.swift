import TesseraCheckpoints
import TesseraTensors

/// A safetensors file of PyTorch weights.
struct SafeTensorsFile: WeightsFile {
  let path: String
  let arrays: [(name: String, shape: Shape)]
  private let file: SafeTensors
  private let names: TorchNames

  /// - Throws: `SafeTensorsError`.
  init(contentsOf path: String) throws {
    file = try SafeTensors(contentsOf: path)
    self.path = path
    let entries = file.entries
    let names = TorchNames(file.names)
    arrays = file.names.map { (names.bare($0), entries[$0]?.shape ?? []) }
    self.names = names
  }

  func readRows(of name: String, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) throws {
    let original = names.original(name)
    guard let shape = file.entries[original]?.shape else {
      throw SafeTensorsError.noSuchTensor(file: path, name: original, available: file.names)
    }
    let count = shape.elementCount
    guard count > 0 else { return }
    let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: shape.elementsPerBlock)
    defer { buffer.deallocate() }
    for start in stride(from: 0, to: count, by: buffer.count) {
      let elements = start..<min(start + buffer.count, count)
      let block = UnsafeMutableBufferPointer(rebasing: buffer[..<elements.count])
      try file.read(original, elements: elements, into: block)
      body(start, UnsafeBufferPointer(block))
    }
  }
}
