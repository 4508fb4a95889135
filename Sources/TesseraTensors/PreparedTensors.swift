import Synchronization

/// Keeps derived tensors, such as a filter in the form that a kernel wants, from one pass to the next.
///
/// Without one in the `ComputeContext`, everything is recomputed: right for training, where weights change with every
/// step. With one, what is requested a second time is kept, so a single pass pays nothing. A source is held as long as
/// something is kept for it. Its memory is therefore never written to (a write would go to a copy), and what is found
/// is valid. Once nobody else holds a source, as after a write, nobody can ask again: the next request for something
/// new releases all that is derived from it.
public final class PreparedTensors: Sendable {
  private struct Key: Hashable {
    /// The memory is not enough: a reshaped tensor shares it.
    struct Source: Hashable {
      let memory: ObjectIdentifier
      let shape: Shape
    }

    let sources: [Source]
    let purpose: String
    let details: [Int]
  }

  private struct State {
    /// What the requests so far were made from.
    var sources: [ObjectIdentifier: PreparedSource] = [:]
    /// What was requested at least once.
    var requested: Set<Key> = []
    var kept: [Key: Tensor] = [:]

    /// Forgets sources that nobody else holds, and what is derived from them, which may in turn be a source.
    mutating func dropUnreachable() {
      while true {
        let reachable = sources.filter { !$0.value.isUnreachable }
        if reachable.count == sources.count { return }
        sources = reachable
        requested = requested.filter { key in key.sources.allSatisfy { reachable[$0.memory] != nil } }
        kept = kept.filter { requested.contains($0.key) }
      }
    }
  }

  private let state = Mutex(State())

  public init() {}

  /// The number of tensors that are kept.
  public var count: Int { state.withLock { $0.kept.count } }

  /// The number of tensors that are held because others are derived from them or may be kept for them.
  package var sourceCount: Int { state.withLock { $0.sources.count } }

  /// What `make` returned for the same memory, shapes, purpose and details before; `nil` on the first request.
  package func tensor(
    from sources: [Tensor], for purpose: String, _ details: [Int] = [], make: () -> Tensor
  ) -> Tensor? {
    let key = Key(
      sources: sources.map { Key.Source(memory: $0.memory, shape: $0.shape) }, purpose: purpose, details: details)
    let (isKnown, found) = state.withLock { state in
      if state.requested.contains(key) { return (true, state.kept[key]) }
      state.dropUnreachable()
      state.requested.insert(key)
      for source in sources { state.sources[source.memory] = source.asPreparedSource() }
      return (false, nil)
    }
    if !isKnown || found != nil { return found }
    // Made outside the lock: two concurrent passes may both make it, and both then use the first.
    let made = make()
    return state.withLock { state in
      if let first = state.kept[key] { return first }
      state.kept[key] = made
      return made
    }
  }
}
