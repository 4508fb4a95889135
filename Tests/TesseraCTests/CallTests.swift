import CTessera
import Foundation
import Synchronization
import TesseraC
import TesseraImaging
import TesseraNetworks
import TesseraSegmentation
import TesseraTensors
import Testing

/// The functions of tessera.h, called as C calls them.
@Suite struct CallTests {
  private let width = 37
  private let height = 21
  private let labels = LabelSpace(names: ["sky", "Straße", "mer"], void: 255)

  private func samples(_ channels: Int) -> [UInt8] {
    (0..<width * height * channels).map { (place: Int) in UInt8((place * 31 + place / 97) % 256) }
  }

  /// Calls `body` with a checkpoint's path, and what it predicts for `samples` of as many channels.
  private func withCheckpoint(
    channels: Int = 3, _ body: (_ path: String, _ masks: (Predictor.Scale) throws -> [UInt16]) throws -> Void
  ) throws {
    var configuration = UNet.Configuration(classes: 3, width: 2)
    if channels != 3 {
      configuration.normalization = ImageNormalization(
        mean: [Float](repeating: 100, count: channels), deviation: [Float](repeating: 60, count: channels))
    }
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = UNet(configuration, random: RandomStream(seed: 3))
    try SegmentationCheckpoint(model: model, labelSpace: labels, imageSize: 16).save(to: path)
    let pixels =
      channels == 3
      ? Pixels(Image(width: width, height: height, channels: 3, pixels: samples(3)))
      : Pixels(Tensor(samples(channels).map { Float($0) }, shape: [height, width, channels]))
    try body(path) { try Predictor(checkpoint: path, scale: $0).mask(for: pixels).indices }
  }

  /// The message of a call that fails.
  private func message(size: Int = 512, _ body: (UnsafeMutablePointer<CChar>, UInt) -> Bool) -> String {
    var buffer = [CChar](repeating: 64, count: max(size, 1))
    let hasFailed = buffer.withUnsafeMutableBufferPointer { body($0.baseAddress!, UInt(size)) }
    #expect(hasFailed)
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func mask(
    of samples: [UInt8], by network: OpaquePointer?, rowBytes: Int = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> [UInt16] {
    var mask = [UInt16](repeating: 999, count: width * height)
    let code = tesseraPredict(network, samples, UInt(width), UInt(height), UInt(rowBytes), &mask, nil, 0)
    #expect(code == 0, sourceLocation: sourceLocation)
    return mask
  }

  @Test func masksAreThoseOfThePredictor() throws {
    try withCheckpoint { path, expected in
      let samples = samples(3)
      let network = try #require(tesseraLoad(path, nil, nil, 0))
      defer { tesseraFree(network) }
      #expect(try mask(of: samples, by: network) == expected(.trained))
      #expect(Set(try expected(.trained)).count > 1)
      #expect(tesseraChannelCount(network) == 3 && tesseraClassCount(network) == 3)
      let names = (-1...3).map { tesseraClassName(network, $0).map { String(cString: $0) } }
      #expect(names == [nil, "sky", "Straße", "mer", nil])
      // Rows that are further apart: what lies between them is not looked at.
      var padded: [UInt8] = []
      for row in 0..<height { padded += samples[row * width * 3..<(row + 1) * width * 3] + [1, 2, 3, 4, 5] }
      #expect(try mask(of: padded, by: network, rowBytes: width * 3 + 5) == expected(.trained))
    }
  }

  @Test func optionsChooseThreadsAndScale() throws {
    try withCheckpoint { path, expected in
      var options = tessera_options(threads: 2, side_by_side: 3, full_size: 1)
      let network = try #require(tesseraLoad(path, &options, nil, 0))
      defer { tesseraFree(network) }
      #expect(try mask(of: samples(3), by: network) == expected(.original()))
      #expect(try expected(.original()) != expected(.trained))
    }
  }

  @Test(arguments: [1, 5]) func networksOfOtherChannelsGetThem(channels: Int) throws {
    try withCheckpoint(channels: channels) { path, expected in
      let network = try #require(tesseraLoad(path, nil, nil, 0))
      defer { tesseraFree(network) }
      #expect(tesseraChannelCount(network) == Int32(channels))
      #expect(try mask(of: samples(channels), by: network) == expected(.trained))
    }
  }

  @Test func threadsShareANetwork() throws {
    try withCheckpoint { path, expected in
      var options = tessera_options(threads: 2, side_by_side: 2, full_size: 0)
      nonisolated(unsafe) let network = try #require(tesseraLoad(path, &options, nil, 0))
      defer { tesseraFree(network) }
      let (samples, expected) = (samples(3), try expected(.trained))
      let right = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: 16) { _ in
        if mask(of: samples, by: network) == expected { right.withLock { $0 += 1 } }
      }
      #expect(right.withLock { $0 } == 16)
    }
  }

  @Test func failuresSayWhy() throws {
    #expect(
      message { tesseraLoad("/nowhere/net.safetensors", nil, $0, $1) == nil }.hasPrefix("/nowhere/net.safetensors"))
    #expect(message { tesseraLoad(nil, nil, $0, $1) == nil } == "path must not be NULL")
    #expect(message { tesseraPredict(nil, nil, 1, 1, 0, nil, $0, $1) == -1 } == "network must not be NULL")
    #expect(tesseraClassCount(nil) == 0 && tesseraChannelCount(nil) == 0 && tesseraClassName(nil, 0) == nil)
    tesseraFree(nil)
    try withCheckpoint { path, _ in
      for (options, text) in [
        (tessera_options(threads: -1, side_by_side: 0, full_size: 0), "threads must be 0 to 1024"),
        (tessera_options(threads: 0, side_by_side: 1025, full_size: 0), "side_by_side must be 0 to 1024"),
        (tessera_options(threads: 0, side_by_side: 0, full_size: 2), "full_size must be 0 to 1"),
      ] {
        var options = options
        let told = message { tesseraLoad(path, &options, $0, $1) == nil }
        #expect(told.hasPrefix("tessera_options.\(text), where 0 is the default; got "), "\(told)")
      }
      let network = try #require(tesseraLoad(path, nil, nil, 0))
      defer { tesseraFree(network) }
      var mask: [UInt16] = [7]
      let cases: [(width: UInt, height: UInt, rowBytes: UInt, text: String)] = [
        (0, 5, 0, "a picture's sides must be 1 to 65536 pixels; got 0 x 5"),
        (5, 65_537, 0, "a picture's sides must be 1 to 65536 pixels; got 5 x 65537"),
        (5, 1, 14, "row_bytes must be 0, or at least 15 for 5 pixels of 3 samples; got 14"),
        (5, 2, .max, "row_bytes is 18446744073709551615: no memory is that large"),
      ]
      for (width, height, rowBytes, text) in cases {
        let told = message { tesseraPredict(network, [0], width, height, rowBytes, &mask, $0, $1) == -1 }
        #expect(told == text)
      }
      #expect(message { tesseraPredict(network, nil, 1, 1, 0, &mask, $0, $1) == -1 } == "pixels must not be NULL")
      #expect(message { tesseraPredict(network, [0], 1, 1, 0, nil, $0, $1) == -1 } == "mask must not be NULL")
      #expect(mask == [7])
    }
  }

  @Test func messagesAreCutBetweenCharacters() {
    let path = "/nowhere/äöü"
    func load(_ size: Int) -> String { message(size: size) { tesseraLoad(path, nil, $0, $1) == nil } }
    #expect(load(10) == "/nowhere/" && load(11) == "/nowhere/" && load(12) == "/nowhere/ä")
    #expect(load(1).isEmpty)
    // No room is no message.
    #expect(load(0) == "@")
    #expect(tesseraLoad(path, nil, nil, 0) == nil)
  }

  @Test func theVersionIsTheLibrarys() throws {
    #expect(String(cString: try #require(tesseraVersionText())) == tesseraVersion)
  }
}
