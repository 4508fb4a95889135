import Synchronization

/// Keeps tensors that follow from others, such as a filter in the form that a kernel wants, from one pass to the next.
///
/// Without one in the `ComputeContext` everything is made anew: right for training, where weights change with every step. With
/// one, what is asked for a second time is kept: a single pass pays nothing. A source is held as long as something is kept
/// for it. So its memory is never written to (a write would go to a copy), and what is found is right. Once nobody else
/// holds a source, as after a write, nobody can ask again: the next request for something new lets go of all that follows
/// from it.
public final class PreparedTensors: Sendable {
  private struct Key: Hashable {
    /// The memory alone would not do: a reshaped tensor shares it.
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
    /// What was asked for once at least.
    var requested: Set<Key> = []
    var kept: [Key: Tensor] = [:]

    /// Forgets sources that nobody else holds, and what follows from them, which may be a source in turn.
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

  /// How many tensors are kept.
  public var count: Int { state.withLock { $0.kept.count } }

  /// How many tensors are held because others follow from them or may be kept for them.
  package var sourceCount: Int { state.withLock { $0.sources.count } }

  /// What `make` returned for the same memory, shapes, purpose and details before; `nil` the first time that it is asked for.
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
    // Made outside the lock: two passes at once may both make it, and both go on with the first.
    let made = make()
    return state.withLock { state in
      if let first = state.kept[key] { return first }
      state.kept[key] = made
      return made
    }
  }
}
