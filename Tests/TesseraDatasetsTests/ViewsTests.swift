import TesseraDatasets
import TesseraImaging
import Testing

@Suite struct ViewsTests {
  @Test func aSubsetHasItsOwnOrder() throws {
    let dataset = CountingDataset(count: 10)
    let subset = dataset.subset([7, 2, 2])
    #expect(subset.count == 3 && subset.labelSpace == dataset.labelSpace)
    #expect(try (0..<3).map { try subset.sample(at: $0).name } == ["sample 7", "sample 2", "sample 2"])
    #expect(try subset.sample(at: 1, width: 4, height: 2).image.width == 4)
    #expect(dataset.prefix(4).indices == [0, 1, 2, 3])
    #expect(dataset.prefix(40).count == 10)
  }

  @Test(arguments: [(2, 1), (4, 1), (10, 1), (30, 3), (95, 10)])
  func aTenthIsHeldOutBySeed(count: Int, heldOut: Int) {
    let parts = CountingDataset(count: count).holdingOut(0.1, seed: 4)
    #expect(parts.validation.count == heldOut)
    #expect((parts.training.indices + parts.validation.indices).sorted() == Array(0..<count))
    #expect(parts.training.indices == parts.training.indices.sorted())
    let again = CountingDataset(count: count).holdingOut(0.1, seed: 4)
    #expect(again.validation.indices == parts.validation.indices)
  }

  @Test func anotherSeedHoldsOutOthers() {
    let choices = (0..<8).map { CountingDataset(count: 50).holdingOut(0.1, seed: $0).validation.indices }
    #expect(Set(choices).count > 1)
  }

  @Test func aCacheReadsEachSampleOnce() throws {
    let dataset = CountingDataset(count: 4)
    let cached = dataset.cached()
    for _ in 0..<3 {
      for index in 0..<4 {
        let sample = try cached.sample(at: index, width: 8, height: 4)
        #expect(sample.name == "sample \(index)")
        #expect(sample.image.width == 8)
      }
    }
    #expect(dataset.reads == 4)
    #expect(cached.bytes == 4 * 8 * 4 * 5)
    _ = try cached.sample(at: 0)
    _ = try cached.sample(at: 0, width: 16, height: 8)
    #expect(dataset.reads == 6)
  }

  @Test func aCacheKeepsNoMoreThanItsLimit() throws {
    let dataset = CountingDataset(count: 4)
    let cached = dataset.cached(upTo: 2 * 8 * 4 * 5 + 1)
    for _ in 0..<3 { for index in 0..<4 { _ = try cached.sample(at: index, width: 8, height: 4) } }
    #expect(cached.bytes == 2 * 8 * 4 * 5)
    #expect(dataset.reads == 2 + 3 * 2)
  }

  @Test func aCacheKeepsNoFailure() throws {
    let dataset = CountingDataset(count: 2, badSamples: [1])
    let cached = dataset.cached()
    for _ in 0..<2 { #expect(throws: CountingDataset.BadSample(index: 1)) { try cached.sample(at: 1) } }
    #expect(dataset.reads == 2 && cached.bytes == 0)
  }
}
