import TesseraDatasets
import TesseraImaging
import TesseraNetworks
import TesseraOptimizers
import TesseraTensors
import TesseraTraining
import Testing

/// Large validation pictures are seen in tiles, with the same result.
@Suite struct ValidationTilesTests {
  private static let space = LabelSpace(names: ["a", "b", "c"], void: 255)

  private func batch(_ width: Int, _ height: Int) -> Batch {
    var random = RandomStream(seed: 4)
    let images = Tensor(
      (0..<width * height * 3).map { _ in random.uniform(in: 0..<255) }, shape: [1, height, width, 3])
    let indices = (0..<width * height).map { pixel in
      pixel % width >= width - 5 ? Int32(255) : Int32((pixel % width / 40 + pixel / width / 10) % 3)
    }
    return Batch(
      images: images,
      masks: MaskBatch(indices: indices, count: 1, height: height, width: width, labelSpace: Self.space),
      names: ["large"])
  }

  @Test(arguments: [(1600, 64), (64, 1600), (96, 64)]) func tilesGiveWhatTheWholePictureGives(width: Int, height: Int)
    async throws
  {
    func validated(inTiles: Bool) async throws -> (report: ValidationReport, predictions: [Int32]) {
      let (model, recorder) = (tinyNetwork(classes: 3), Recorder())
      let trainer = Trainer(
        model, optimizer: SGD(for: model), schedule: .constant(0), validatesInTiles: inTiles, observers: [recorder])
      let training = batch(32, 32)
      try await trainer.fit([training], validatingOn: [batch(width, height)], epochs: 1)
      return (try #require(recorder.epochs.last?.validation), try #require(recorder.predictions.last))
    }
    let (tiles, whole) = (try await validated(inTiles: true), try await validated(inTiles: false))
    #expect(tiles.predictions.count == width * height)
    // Rounding may decide between two nearly equal logits.
    let others = zip(tiles.predictions, whole.predictions).count { $0 != $1 }
    #expect(others <= width * height / 10_000)
    let (own, expected) = (try #require(tiles.report.loss), try #require(whole.report.loss))
    #expect(abs(own - expected) < 1e-5 * expected)
    #expect(tiles.report.metrics.pixels == whole.report.metrics.pixels)
  }
}
