import Foundation
import TesseraImaging
import TestSupport
import Testing

@Suite struct DownloadToolTests {
  /// A zip of ADE20K's layout with a picture in each part, from a folder above all that.
  private static func zip() throws -> [UInt8] {
    let image = try Image(width: 4, height: 4, color: .black).encoded(as: .png)
    let mask = try Image(width: 4, height: 4, channels: 1, pixels: .init(repeating: 3, count: 16)).encoded(as: .png)
    var entries = [ZipBuilder.Entry(path: "ADE/objectInfo150.txt", bytes: Array(try objectInfo().utf8))]
    for split in ["training", "validation"] {
      entries.append(.init(path: "ADE/images/\(split)/ADE_1.png", bytes: image))
      entries.append(.init(path: "ADE/annotations/\(split)/ADE_1.png", bytes: mask, isCompressed: true))
    }
    return ZipBuilder(entries: entries).bytes()
  }

  private static func objectInfo() throws -> String {
    "Idx\tRatio\tTrain\tVal\tName\n"
      + (1...150).map { "\($0)\t0.0\t0\t0\t\(LabelSpace.ade20k.classes[$0].name)\n" }.joined()
  }

  @Test func aDataSetIsFetchedAndTheNextCommandIsNamed() throws {
    try withTemporaryFolder { folder in
      let bytes = try Self.zip()
      let server = try TestServer { request, number in
        .file(bytes, for: request).cut(after: number == 0 ? 1000 : bytes.count)
      }
      let arguments = ["download", "ade20k", "--any-version", "--mirror", "\(server.address)/a.zip", "--to", "my data"]
      let outcome = try Program.tessera.run(arguments, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.output == """
          wrote my data/ADEChallengeData2016
          1 training and 1 validation pictures, 151 classes
          next: tessera train unet --data 'my data/ADEChallengeData2016'

          """)
      #expect(
        outcome.errorLines == [
          "downloading \(server.address)/a.zip", "it closed the connection before the end; trying again in 1.0 s",
          "resuming at 1.0 kB: \(server.address)/a.zip",
        ])
      #expect(try files(in: folder).count == 5)
      let again = try Program.tessera.run(arguments, in: folder)
      #expect(again.status == 0 && again.errors.isEmpty)
      #expect(again.output.hasPrefix("my data/ADEChallengeData2016 is there already\n1 training"))
      #expect(server.requests.count == 2)
    }
  }

  @Test func anInterruptedDownloadKeepsItsPart() throws {
    try withTemporaryFolder { folder in
      let bytes = try Self.zip()
      let server = try TestServer { request, _ in
        var reply = TestServer.Reply.file(bytes, for: request)
        if request.rangeStart == nil { (reply.sentBytes, reply.stalls) = (1000, true) }
        return reply
      }
      let arguments = ["download", "ade20k", "--any-version", "--mirror", server.address]
      let running = try Program.tessera.start(arguments, in: folder)
      let part = "\(folder)/data/ADEChallengeData2016.zip.part"
      let end = ContinuousClock.now + .seconds(20)
      while (try? contents(part).count) != 1000, ContinuousClock.now < end { usleep(10_000) }
      running.process.interrupt()
      let outcome = try running.wait()
      #expect(outcome.status == 130)
      #expect(outcome.errorLines.last == "interrupted; the same command resumes here")
      #expect(try contents(part).count == 1000)
      #expect(try Program.tessera.run(arguments, in: folder).status == 0)
      #expect(server.requests.map(\.rangeStart) == [nil, 1000])
    }
  }

  @Test func aFileOfTheUsersMustBeThePublishedOne() throws {
    try withTemporaryFolder { folder in
      try Data(try Self.zip()).write(to: URL(filePath: "\(folder)/mine.zip"))
      let refused = try Program.tessera.run(["download", "ade20k", "--from", "mine.zip"], in: folder)
      #expect(refused.status == 1 && refused.output.isEmpty)
      #expect(refused.errorLines.first?.hasPrefix("Error: mine.zip is not the published file: its SHA-1 ") == true)
      #expect(try files(in: folder) == ["mine.zip"])
      let taken = try Program.tessera.run(["download", "ade20k", "--from", "mine.zip", "--any-version"], in: folder)
      #expect(taken.status == 0 && taken.output.hasPrefix("wrote data/ADEChallengeData2016\n"))
      let weights = try Program.tessera.run(
        ["download", "vgg16", "--from", "mine.zip", "--any-version", "--to", "w"], in: folder)
      #expect(
        weights.output == """
          wrote w/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5
          next: tessera train fcnn --backbone-weights w/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5

          """)
      let pictures = try Program.tessera.run(
        ["download", "ade20k-test", "--from", "mine.zip", "--any-version"], in: folder)
      #expect(pictures.output.contains("predict --checkpoint FILE data/release_test/annotations/training --output"))
    }
  }

  @Test(arguments: [
    ["download"], ["download", "imagenet"], ["download", "vgg16", "--mirror", "ftp://a.org/x"],
    ["download", "vgg16", "--mirror", "http://a.org/x", "--from", "x"],
  ])
  func wrongUsageReturns64(arguments: [String]) throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(arguments, in: folder)
      #expect(outcome.status == 64 && outcome.output.isEmpty)
      #expect(outcome.errorLines.first?.hasPrefix("Error: ") == true)
      #expect(try files(in: folder).isEmpty)
    }
  }
}
