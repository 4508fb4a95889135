import TesseraDatasets
import TesseraImaging
import TesseraTensors
import Testing

/// Runs of earlier versions resume with their bits: what the named lists make is fixed.
@Suite struct AugmentationBitsTests {
  /// The checksum of all batches of two epochs.
  static func checksum(_ loader: DataLoader) async throws -> UInt32 {
    var checksum = CRC32()
    for epoch in 0..<2 {
      for try await batch in loader.epoch(epoch) {
        batch.images.scalars.withUnsafeBytes { checksum.add($0) }
        batch.masks.indices.withUnsafeBytes { checksum.add($0) }
      }
    }
    return checksum.value
  }

  private static let earlier: [(name: String, void: Int?, channels: Int?, checksum: UInt32)] = [
    ("none", 255, nil, 1_085_898_413), ("flip", 255, nil, 3_306_011_942), ("standard", 255, nil, 1_686_380_942),
    ("standard", 0, nil, 1_585_862_121),
    ("standard", nil, nil, 2_030_380_538), ("none", 255, 4, 1_671_852_238), ("flip", 255, 4, 1_813_875_294),
    ("standard", 255, 4, 1_866_182_756),
  ]

  @Test(arguments: earlier.indices) func namedListsHaveTheBitsOfEarlierVersions(index: Int) async throws {
    let (name, void, channels, expected) = Self.earlier[index]
    let dataset: any SegmentationDataset =
      channels.map { ChannelDataset(channels: $0, count: 3) } ?? NoisePictures(void: void)
    let augmentation = try #require(Augmentation(rawValue: name))
    let loader = DataLoader(
      dataset, batchSize: 4, imageSize: ImageSize(width: 32, height: 24), augmentation: augmentation, seed: 77,
      steps: 12)
    let found = try await Self.checksum(loader)
    #expect(found == expected, "\(name), void \(void.map(String.init) ?? "none"): \(found)")
  }
}
