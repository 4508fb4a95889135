import TesseraAutograd
import TesseraKernels
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

@Suite struct ReceptiveFieldTests {
  /// One channel a layer where that can be: no layer is worth Winograd's algorithm, whose roundings reach further than
  /// its windows.
  static let networks: [@Sendable () -> any SegmentationModel] = [
    { UNet(.init(classes: 2, width: 1), random: RandomStream(seed: 1)) },
    { FCNN(.init(classes: 2, width: 1), random: RandomStream(seed: 1)) },
    { FCNN(.init(classes: 2, width: 1, head: .convolutionalized(width: 4)), random: RandomStream(seed: 1)) },
  ]

  @Test func radiiOfTheNetworks() {
    #expect(Self.networks.map { $0().receptiveRadius } == [122, 149, 245])
  }

  /// A pixel of a black strip becomes white, for each place that it can have in the network's period; the results that
  /// change lie within the radius, and one of them just there. Positive weights let everything through.
  @Test(arguments: networks.indices, [true, false])
  func aPixelChangesResultsWithinTheRadiusAndAtIt(network: Int, isHorizontal: Bool) throws {
    let model = Self.networks[network]()
    for parameter in model.parameters where parameter.value.shape.rank == 4 {
      parameter.value = Tensor(parameter.value.scalars.map { abs($0) + 0.01 }, shape: parameter.value.shape)
    }
    let radius = try #require(model.receptiveRadius)
    let period = model.sizeMultiple
    let length = (2 * radius + 3 * period) / period * period
    let shape: Shape = isHorizontal ? [1, period, length, 3] : [1, length, period, 3]
    func pixel(_ place: Int) -> Int { isHorizontal ? place : place * period }
    let middle = length / 2 / period * period
    var reached: [Int] = []
    for phase in 0..<period {
      var strip = [Float](repeating: 0, count: length * period * 3)
      strip[3 * pixel(middle + phase)] = 1e6
      let logits = model(Variable(Tensor(strip, shape: shape))).value.scalars
      let changed = (0..<length).filter { place in
        (0..<period).contains { across in
          let index = isHorizontal ? across * length + place : place * period + across
          return logits[2 * index] != 0 || logits[2 * index + 1] != 0
        }
      }
      reached.append(changed.map { abs($0 - middle - phase) }.max() ?? 0)
    }
    #expect(reached.max() == radius)
  }
}
