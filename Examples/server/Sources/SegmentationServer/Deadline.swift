/// Runs `work`, and cancels it after a time.
///
/// - Parameters:
///   - limit: how long it may take.
///   - problem: what is thrown then; at once if the work heeds its cancellation.
/// - Throws: what `work` throws, or `problem`.
func withDeadline<Result: Sendable>(
  _ limit: Duration, else problem: Problem, _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
  try await withThrowingTaskGroup(of: Result?.self) { group in
    group.addTask { try await work() }
    group.addTask {
      try await Task.sleep(for: limit)
      return nil
    }
    defer { group.cancelAll() }
    guard let first = try await group.next(), let result = first else { throw problem }
    return result
  }
}
