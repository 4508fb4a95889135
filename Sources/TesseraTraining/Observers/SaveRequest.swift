import Synchronization

/// Asks a ``CheckpointKeeper``, from any thread, to save the run after the current step.
public final class SaveRequest: Sendable {
  private let isMade = Atomic(false)

  public init() {}

  public func make() { isMade.store(true, ordering: .relaxed) }

  /// Whether it was made since the last time.
  func take() -> Bool { isMade.exchange(false, ordering: .relaxed) }
}
