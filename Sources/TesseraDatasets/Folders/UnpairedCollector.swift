import Synchronization

/// Takes the files that cannot be paired where somebody looks for all faults of a data set: without one, they are
/// errors.
///
/// ```swift
/// let collector = UnpairedCollector()
/// let pairs = try UnpairedCollector.$current.withValue(collector) { try folder.dataset(.training) }
/// collector.files    // what `pairs` leaves out
/// ```
package final class UnpairedCollector: Sendable {
  @TaskLocal package static var current: UnpairedCollector?

  private let found = Mutex<[UnpairedFiles]>([])

  package init() {}

  /// One value for each pair of folders that was listed.
  package var files: [UnpairedFiles] { found.withLock { $0 } }

  func add(_ files: UnpairedFiles) { found.withLock { if !$0.contains(files) { $0.append(files) } } }
}
