import Foundation
import TesseraImaging
import TesseraTensorBoard
import TesseraTensors
import TesseraTraining
import Testing

@Suite struct EventFileWriterTests {
  /// What TensorBoard's own writer gives for an empty record and for "tessera".
  @Test(arguments: [
    ("", "000000000000000029039807d8ea82a2"), ("tessera", "0700000000000000bbd79f1174657373657261d41d07ac"),
  ])
  func recordsAreFramedAsTensorBoardFramesThem(data: String, framed: String) {
    #expect(EventRecord.framing(Array(data.utf8)).map { String(format: "%02x", $0) }.joined() == framed)
  }

  @Test func aFileBeginsWithItsVersionAndWhereItGoesOn() async throws {
    try await withTemporaryFolder { folder in
      let writer = try EventFileWriter(in: folder + "/new", goingOnFrom: 7)
      #expect(writer.path.contains(/\/new\/events\.out\.tfevents\.\d{10}\.[^\/]+\.\d+\.v2$/))
      let events = try EventFile(writer.path).events
      #expect(events.count == 2)
      #expect(events[0].fileVersion == "brain.Event:2" && events[0].sourceMetadata.writer == "tessera")
      #expect(events[1].sessionLog.status == .start && events[1].step == 7)
      #expect(abs(events[0].wallTime - Date().timeIntervalSince1970) < 60)
    }
  }

  /// Readers take files by their names, however fast one follows the other.
  @Test func laterFilesHaveLaterNames() async throws {
    try await withTemporaryFolder { folder in
      let paths = try (0..<12).map { _ in try EventFileWriter(in: folder).path }
      #expect(paths == paths.sorted() && Set(paths).count == 12)
    }
  }

  @Test func summariesAreTheTensorsThatPluginsRead() async throws {
    try await withTemporaryFolder { folder in
      let writer = try EventFileWriter(in: folder)
      let picture = Image(width: 5, height: 3, color: Color(1, 2, 3))
      try writer.add(
        [
          .scalar("loss", 1.25, description: "a loss"), try .image("picture", picture),
          .histogram("numbers", Histogram(of: Tensor([0, 1, 1, 4]), buckets: 2)),
        ], step: 3)
      let event = try #require(try EventFile(writer.path).events.last)
      #expect(event.step == 3 && event.summary.value.map(\.tag) == ["loss", "picture", "numbers"])
      let (scalar, image, histogram) = (event.summary.value[0], event.summary.value[1], event.summary.value[2])
      #expect(scalar.metadata.pluginData.pluginName == "scalars" && scalar.metadata.dataClass == .scalar)
      #expect(scalar.metadata.summaryDescription == "a loss")
      #expect(scalar.tensor.dtype == .dtFloat && scalar.tensor.lengths == [] && scalar.tensor.floats == [1.25])
      #expect(image.metadata.pluginData.pluginName == "images" && image.metadata.dataClass == .blobSequence)
      #expect(image.tensor.dtype == .dtString && image.tensor.lengths == [3])
      #expect(image.tensor.stringVal.prefix(2).map { String(decoding: $0, as: UTF8.self) } == ["5", "3"])
      #expect(try Image(decoding: [UInt8](image.tensor.stringVal[2]), name: "picture") == picture)
      #expect(histogram.metadata.pluginData.pluginName == "histograms" && histogram.metadata.dataClass == .tensor)
      #expect(histogram.tensor.dtype == .dtDouble && histogram.tensor.lengths == [2, 3])
      #expect(histogram.tensor.doubles == [0, 2, 3, 2, 4, 1])
    }
  }

  @Test func whatCannotBeWrittenIsAnErrorWithItsPath() async throws {
    try await withTemporaryFolder { folder in
      try Data().write(to: URL(filePath: folder + "/file"))
      let error = #expect(throws: TrainingError.self) { _ = try EventFileWriter(in: folder + "/file/run") }
      #expect(error?.description.hasPrefix("\(folder)/file/run: cannot be written: ") == true)
    }
  }
}
