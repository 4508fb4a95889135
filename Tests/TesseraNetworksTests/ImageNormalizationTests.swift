import Foundation
import TesseraNetworks
import TesseraTensors
import TestSupport
import Testing

@Suite struct ImageNormalizationTests {
  /// Two pixels of red, green, blue.
  let pixels = Tensor([255, 128, 0, 10, 20, 30], shape: [1, 1, 2, 3])

  @Test func unitMapsBytesToZeroToOne() {
    expectClose(
      ImageNormalization.unit(pixels),
      Tensor([1, 128.0 / 255, 0, 10.0 / 255, 20.0 / 255, 30.0 / 255], shape: [1, 1, 2, 3]), tolerance: 1e-6)
  }

  @Test func caffeGivesBlueGreenRedWithoutTheirMeans() {
    expectClose(
      ImageNormalization.caffe(pixels),
      Tensor(
        [-103.939, 128 - 116.779, 255 - 123.68, 30 - 103.939, 20 - 116.779, 10 - 123.68], shape: [1, 1, 2, 3]),
      tolerance: 1e-6)
  }

  @Test func torchvisionStandardizesRedGreenBlue() {
    func standardized(_ value: Float, _ mean: Float, _ deviation: Float) -> Float { (value / 255 - mean) / deviation }
    let red = [255, 10].map { standardized($0, 0.485, 0.229) }
    let green = [128, 20].map { standardized($0, 0.456, 0.224) }
    let blue = [0, 30].map { standardized($0, 0.406, 0.225) }
    expectClose(
      ImageNormalization.torchvision(pixels),
      Tensor([red[0], green[0], blue[0], red[1], green[1], blue[1]], shape: [1, 1, 2, 3]), tolerance: 1e-6)
  }

  @Test func eachNetworkHasTheNormalizationOfItsWeights() {
    let unet = UNet(.init(classes: 2, width: 1), random: RandomStream(seed: 1))
    let fcnn = FCNN(.init(classes: 2, width: 1, normalization: .torchvision), random: RandomStream(seed: 1))
    #expect(unet.normalization == .unit)
    #expect(fcnn.normalization == .torchvision)
    #expect(FCNN.Configuration(classes: 2).normalization == .caffe)
  }

  @Test(arguments: [1, 2, 4, 7]) func anyNumberOfChannels(channels: Int) throws {
    let pixels = Tensor.random([2, 3, 2, channels], in: 0..<255)
    let normalization = ImageNormalization(
      mean: (0..<channels).map { Float($0) }, deviation: (0..<channels).map { Float($0 + 1) })
    #expect(normalization.channels == channels)
    let result = normalization(pixels)
    for (index, value) in pixels.scalars.enumerated() {
      let channel = Float(index % channels)
      #expect(abs(result.scalars[index] - (value - channel) / (channel + 1)) < 1e-4)
    }
    #expect(ImageNormalization.unit(channels: channels)(pixels).scalars.allSatisfy { (0..<1).contains($0) })
    let data = try JSONEncoder().encode(normalization)
    #expect(try JSONDecoder().decode(ImageNormalization.self, from: data) == normalization)
  }

  @Test(arguments: [
    #"{"order":"rgb","mean":[],"deviation":[]}"#, #"{"order":"bgr","mean":[1,2],"deviation":[1,1]}"#,
    #"{"order":"rgb","mean":[1,2],"deviation":[1]}"#, #"{"order":"rgb","mean":[1],"deviation":[0]}"#,
  ]) func aCardWhoseNumbersDoNotFitIsRefused(card: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(ImageNormalization.self, from: Data(card.utf8)) }
  }

  @Test func survivesJSON() throws {
    for normalization in [ImageNormalization.unit, .caffe, .torchvision] {
      let data = try JSONEncoder().encode(normalization)
      #expect(try JSONDecoder().decode(ImageNormalization.self, from: data) == normalization)
    }
  }

  @Test func picturesWithoutThreeChannelsStopWithASentence() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ImageNormalization.unit(.zeros([1, 4, 4, 1]))
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("ImageNormalization: expects [batch, height, width, 3]; got [1, 4, 4, 1]"))
  }
}
