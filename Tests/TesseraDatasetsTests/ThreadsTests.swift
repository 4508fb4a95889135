import Foundation
import Synchronization
import TesseraImaging
import TesseraTensors
import Testing

@testable import TesseraDatasets

/// What looks at whole data sets keeps to the context's threads, as the kernels do.
@Suite struct ThreadsTests {
  /// Counts the threads that read its samples.
  private final class ObservedDataset: SegmentationDataset {
    let base = CountingDataset(count: 40)
    private let threads = Mutex(Set<ObjectIdentifier>())

    var count: Int { base.count }
    var labelSpace: LabelSpace { base.labelSpace }
    var readers: Set<ObjectIdentifier> { threads.withLock { $0 } }

    func sample(at index: Int) throws -> Sample { try sample(at: index, width: 16, height: 8) }

    func sample(at index: Int, width: Int, height: Int) throws -> Sample {
      let thread = ObjectIdentifier(Thread.current)
      threads.withLock { _ = $0.insert(thread) }
      return try base.sample(at: index, width: width, height: height)
    }
  }

  @Test func aSurveyOnOneThreadReadsOnTheCallersAlone() throws {
    let dataset = ObservedDataset()
    _ = try ComputeContext.$current.withValue(ComputeContext(threads: 1)) { try DatasetSurvey(of: dataset) }
    #expect(dataset.readers == [ObjectIdentifier(Thread.current)])
  }

  @Test func aCacheOnOneThreadIsBuiltOnTheCallersAlone() throws {
    let dataset = ObservedDataset()
    let folder = try TemporaryFolder()
    try ComputeContext.$current.withValue(ComputeContext(threads: 1)) {
      try CacheWriter(to: folder.path + "/cache").write(
        dataset, size: .exactly(8), fingerprint: 1, progress: { _ in })
    }
    #expect(dataset.readers == [ObjectIdentifier(Thread.current)])
  }
}
