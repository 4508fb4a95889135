import Synchronization

/// A tensor that is held because others are derived from it: one reference to its memory for all `PreparedTensors`
/// together, which shows when nobody else holds that memory.
final class PreparedSource: Sendable {
  private let tensor: Mutex<Tensor>

  init(_ tensor: Tensor) { self.tensor = Mutex(tensor) }

  /// Whether nobody else holds the memory, so that nobody can ask again for what is derived from it.
  var isUnreachable: Bool { tensor.withLock { $0.isSoleOwner() } }

  /// Where a tensor's memory remembers its source as long as there is one.
  struct Reference {
    weak var source: PreparedSource?
  }
}

extension Tensor {
  /// This tensor as a source, the same for all tensors that share its memory.
  func asPreparedSource() -> PreparedSource {
    withSourceReference { reference in
      if let source = reference.source { return source }
      let source = PreparedSource(self)
      reference.source = source
      return source
    }
  }
}
