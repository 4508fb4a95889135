import ClassShares
import Tessera
import Testing

@Suite struct ClassSharesTests {
  @Test func voidIsNotCountedAndTheLargestComesFirst() {
    let labels = LabelSpace(names: ["sky", "road", "car"], void: 255)
    let mask = Mask(width: 5, height: 2, indices: [0, 1, 1, 1, 255, 255, 1, 1, 1, 0], labelSpace: labels)
    #expect(ClassShares(of: mask).text == "road: 75 %\nsky: 25 %")
  }

  @Test func aNetworkGivesEveryPixelAClass() {
    let scenes = SyntheticScenes(count: 1, width: 48, height: 32)
    let model = UNet(.init(classes: scenes.labelSpace.count, width: 2), random: RandomStream(seed: 1))
    let predictor = Predictor(model: model, labelSpace: scenes.labelSpace, imageSize: 32)
    let shares = ClassShares(of: predictor.mask(for: scenes.sample(at: 0).image)).shares
    #expect(abs(shares.reduce(0) { $0 + $1.share } - 1) < 1e-9)
  }
}
