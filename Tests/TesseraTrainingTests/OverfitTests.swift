import TesseraDatasets
import TesseraOptimizers
import TesseraNetworks
import TesseraScenes
import TesseraSegmentation
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct OverfitTests {
  /// The whole chain at once: data, network, loss, gradients, optimizer. A mistake in any of them stays below.
  @Test func aSmallUNetLearnsEightScenesByHeart() async throws {
    let scenes = SyntheticScenes(count: 8, width: 32, height: 32, seed: 11)
    let model = UNet(.init(classes: scenes.labelSpace.count, width: 10, dropout: 0), random: RandomStream(seed: 2))
    let loader = DataLoader(scenes, batchSize: 4, imageSize: 32, seed: 3, steps: 100)
    let trainer = Trainer(
      model, optimizer: Adam(for: model), schedule: .cosine(from: 0.004, to: 0.0001, over: 400),
      random: RandomStream(seed: 4))
    let check = DataLoader(scenes, batchSize: 8, imageSize: 32, shuffles: false)
    let reports = try await trainer.fit(loader, validatingOn: check, epochs: 4).reports
    let last = try #require(reports.last?.validation)
    #expect(last.metrics.pixelAccuracy > 0.95)
    #expect(try #require(last.accuracy) > 0.95)
    #expect(try #require(last.loss) < 0.2)
    #expect(reports[0].loss > reports[3].loss)
  }
}
