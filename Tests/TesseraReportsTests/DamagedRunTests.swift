import Foundation
import TesseraReports
import TestSupport
import Testing

/// Numbers that no run wrote: in a run's files they cost the line or the file that they stand in, and nothing else.
@Suite struct DamagedRunTests {
  private static let validation = """
    {"event":"validation","epoch":1,"classes":[{"index":0,"name":"sky","pixels":40,"predicted":30,"right":25},\
    {"index":3,"name":"road","pixels":24,"predicted":34,"right":19}],"confusions":[[0,3,15],[3,0,5]],"otherConfusions":0}

    """
  private static let status = #"{"state":"running","updated":"2027-01-15T08:00:00Z"}"#
  private static let pictures = """
    {"best":[{"classes":[0,3],"errors":"AA==","height":8,"meanIoU":0.5,"name":"a","photograph":"AA==",\
    "pixelAccuracy":0.75,"prediction":"AA==","truth":"AA==","width":8}],"epoch":1,"worst":[]}
    """
  private static let configuration = """
    {"epochs":3,"stepsPerEpoch":2,"imageSize":32,"parameterCount":1000,"learningRate":0.001,"model":{"unet":{"_0":\
    {"width":4}}},"labelSpace":{"classes":[{"name":"sky","color":{"red":1,"green":2,"blue":3}}],"void":255}}
    """
  private static let files = [
    "config.json": configuration, "metrics.jsonl": RunRecordTests.metrics, "validation.jsonl": validation,
    "status.json": status, "report-pictures.json": pictures,
  ]
  private static let values = [
    "-1", "0", "1e300", "-1e300", "5e-324", "1e-310", "1.7976931348623157e308", "1e999", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "4611686018427387904", "65536", "0.5", "null", "\"x\"", "[]",
  ]

  private func write(_ files: [String: String], to folder: String) throws -> String {
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)")) }
    return folder
  }

  /// Each number of each file becomes some of the values, other ones from number to number.
  @Test(arguments: files.keys.sorted())
  func whateverANumberIsThereIsAPageOrAnError(file: String) throws {
    try withTemporaryFolder { folder in
      let text = try #require(Self.files[file])
      // Within words and the pictures' bytes there are no numbers.
      let places = text.matches(of: /[:\[,](-?\d[\d.]*)/).map { $0.output.1.startIndex..<$0.output.1.endIndex }
      #expect(places.count >= (file == "status.json" ? 0 : 6))
      var pages = 0
      for (place, range) in places.enumerated() {
        for choice in 0..<2 {
          var files = Self.files
          files[file] = text.replacingCharacters(in: range, with: Self.values[(2 * place + choice) % Self.values.count])
          do throws(RunRecordError) {
            let path = (try? write(files, to: folder + "/run")) ?? ""
            let run = try RunRecord(contentsOf: path)
            let page = RunPage(of: run).html
            let comparison = try RunComparison([run, run], names: ["a", "b"])
            let beside = ComparisonPage(of: comparison, smoothedOver: 2).html
            for text in [page, beside, comparison.chart(smoothedOver: 1).svg] {
              #expect(!text.contains("=\"nan\"") && !text.contains("=\"inf\""), "\(files)")
            }
            pages += 1
          } catch {
            #expect(!error.description.isEmpty)
          }
        }
      }
      #expect(pages >= places.count)
    }
  }

  @Test func aLineWithAnImpossibleNumberIsLeftOutAndTold() throws {
    try withTemporaryFolder { folder in
      var files = Self.files
      files["metrics.jsonl"] = RunRecordTests.metrics.replacing("\"seconds\":1,", with: "\"seconds\":1e300,")
        .replacing("\"seconds\":5}", with: "\"seconds\":-5}")
      files["validation.jsonl"] = Self.validation + Self.validation.replacing("\"index\":3", with: "\"index\":0")
      files["status.json"] = #"{"state":"asleep","updated":""}"#
      let run = try RunRecord(contentsOf: write(files, to: folder + "/run"))
      #expect(run.steps.map(\.step) == [1, 3, 4] && run.epochs.map(\.epoch) == [1])
      #expect(run.validations.count == 1 && run.status == nil && run.pictures?.best.count == 1)
      #expect(
        run.notes == [
          "metrics.jsonl, line 2 is left out, and 1 more: \"seconds\" is 1e+300, which lies outside 0.0...1000000000.0",
          "validation.jsonl, line 2 is left out: \"classes\" has class 0 twice",
          "status.json, which tells how the run ended, cannot be read: \"state\" has an invalid value",
        ])
      let page = RunPage(of: run).html
      for note in run.notes { #expect(try Elements(page).text.contains(note), "\(note)") }
      #expect(try RunRecord(contentsOf: write(Self.files, to: folder + "/whole")).notes.isEmpty)
    }
  }

  @Test(arguments: [
    ("\"predicted\":30", "\"predicted\":24", "\"right\" is 25, which lies outside 0...24"),
    ("\"pixels\":40", "\"pixels\":4611686018427387904", "\"pixels\" is 4611686018427387904, which lies outside 0...70368744177664"),
    ("\"index\":3", "\"index\":-1", "\"index\" is -1, which lies outside 0...65535"),
    ("[3,0,5]", "[3,0,-5]", "\"confusions\" has [3, 0, -5], which cannot be two classes and pixels"),
    ("\"epoch\":1", "\"epoch\":-1", "\"epoch\" is -1, which lies outside 0...9007199254740992"),
  ])
  func validationsAreChecked(was: String, becomes: String, reason: String) throws {
    try withTemporaryFolder { folder in
      var files = Self.files
      files["validation.jsonl"] = Self.validation.replacing(was, with: becomes)
      let run = try RunRecord(contentsOf: write(files, to: folder + "/run"))
      #expect(run.validations.isEmpty && run.notes == ["validation.jsonl, line 1 is left out: \(reason)"])
    }
  }

  /// Lines may be longer than what is read at once.
  @Test func longLinesAreReadWhole() throws {
    try withTemporaryFolder { folder in
      let long = #"{"event":"novelty","text":""# + String(repeating: "x", count: 3 << 20) + "\"}\n"
      let metrics = RunRecordTests.metrics + long + RunRecordTests.metrics
      let run = try RunRecord(contentsOf: writeRun(folder + "/run", metrics: metrics))
      #expect(run.steps.map(\.loss) == [4, 3, 5, 2, 4, 3, 5, 2] && run.epochs.count == 4 && run.notes.isEmpty)
    }
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      ("config.json", "cannot be read: it is a pipe, not a file"),
      ("metrics.jsonl", "cannot be read: it is a pipe, not a file"),
      ("validation.jsonl", "validation.jsonl, which tells of classes, cannot be read: it is a pipe, not a file"),
      ("status.json", "status.json, which tells how the run ended, cannot be read: it is a pipe, not a file"),
      (
        "report-pictures.json",
        "report-pictures.json, which tells of pictures, cannot be read: it is a pipe, not a file"
      ),
    ])
  func aPipeIsNoFile(file: String, words: String) throws {
    try withTemporaryFolder { folder in
      let path = try write(Self.files.filter { $0.key != file }, to: folder + "/run")
      try #require(mkfifo("\(path)/\(file)", 0o600) == 0)
      do throws(RunRecordError) {
        let run = try RunRecord(contentsOf: path)
        #expect(run.notes == [words])
      } catch {
        #expect(error.description == "\(path)/\(file) \(words)")
      }
    }
  }

  @Test func deepAndDoubledConfigurationsAreReadOrRefused() throws {
    try withTemporaryFolder { folder in
      let deep = "{\"a\":" + String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000) + "}"
      #expect(throws: RunRecordError.self) {
        try RunRecord(contentsOf: writeRun(folder + "/deep", configuration: deep))
      }
      let nested = String(repeating: "{\"a\":", count: 400) + "1" + String(repeating: "}", count: 400)
      let run = try RunRecord(contentsOf: writeRun(folder + "/nested", configuration: nested))
      #expect(run.options.values == [Array(repeating: "a", count: 400).joined(separator: "."): "1"])
      let twice = try RunRecord(
        contentsOf: writeRun(folder + "/twice", configuration: #"{"epochs":3,"epochs":3,"a.b":1,"a":{"b":2}}"#))
      #expect(twice.options.count("epochs") == 3 && twice.options.values.count == 2)
      for (text, count) in [("-1", nil), ("9223372036854775807", nil), ("1e300", nil), ("1e999", nil), ("0", 0), ("7", 7)] {
        let run = try RunRecord(contentsOf: writeRun(folder + "/run", configuration: "{\"epochs\":\(text)}"))
        #expect(run.options.count("epochs") == count, "\(text)")
      }
    }
  }

  /// A name is shown hundreds of times.
  @Test func longNamesAreCutOnPages() throws {
    try withTemporaryFolder { folder in
      var files = Self.files
      files["validation.jsonl"] = Self.validation.replacing("sky", with: String(repeating: "é<", count: 10_000))
      let html = RunPage(of: try RunRecord(contentsOf: write(files, to: folder + "/run"))).html
      #expect(html.contains(String(repeating: "é&lt;", count: 39) + "é…") && html.utf8.count < 100_000)
    }
  }
}
