import Synchronization

/// Keeps tensors that follow from others, such as a filter in the form that a kernel wants, from one pass to the next.
///
/// Without one in the `ComputeContext` everything is made anew: right for training, where weights change with every step. With
/// one, what is asked for a second time is kept: a single pass pays nothing. An entry holds the tensors that it was made from.
/// So their memory is never written to (a write would go to a copy), and an entry is right for as long as it is found.
public final class PreparedTensors: Sendable {
  private struct Key: Hashable {
    let sources: [ObjectIdentifier]
    let purpose: String
    let details: [Int]
  }

  private struct Entry {
    let sources: [Tensor]
    /// `nil` after the first time.
    let prepared: Tensor?
  }

  private let entries = Mutex<[Key: Entry]>([:])

  public init() {}

  /// How many tensors are kept.
  public var count: Int { entries.withLock { $0.values.count { $0.prepared != nil } } }

  /// What `make` returned for the same memory, purpose and details before; `nil` the first time that it is asked for.
  package func tensor(
    from sources: [Tensor], for purpose: String, _ details: [Int] = [], make: () -> Tensor
  ) -> Tensor? {
    let key = Key(sources: sources.map(\.memory), purpose: purpose, details: details)
    guard let entry = entries.withLock({ $0[key] }) else {
      entries.withLock { $0[key] = Entry(sources: sources, prepared: nil) }
      return nil
    }
    if let prepared = entry.prepared { return prepared }
    // Made outside the lock: two passes at once may both make it, and both get the same bits.
    let prepared = make()
    entries.withLock { $0[key] = Entry(sources: sources, prepared: prepared) }
    return prepared
  }
}
