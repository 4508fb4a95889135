import TesseraReports
import Testing

@Suite struct RunOptionsTests {
  private func options(_ json: String) throws -> RunOptions {
    try withTemporaryFolder { try RunRecord(contentsOf: writeRun($0 + "/run", configuration: json)).options }
  }

  @Test func theNetworkIsANameOrAnObjectAroundItsConfiguration() throws {
    let swift = try options(#"{"model":{"unet":{"_0":{"width":64,"dropout":0.3}}},"seed":18446744073709551615}"#)
    #expect(swift.model == "unet")
    #expect(swift.values == ["model.width": "64", "model.dropout": "0.3", "seed": "18446744073709551615"])
    #expect(swift.count("model.width") == 64 && swift.number("model.dropout") == 0.3 && swift.count("epochs") == nil)
    let other = try options(#"{"model":"fcnn","shuffles":false,"weights":null,"classes":["a",{"b":1}]}"#)
    #expect(other.model == "fcnn")
    #expect(other.values["shuffles"] == "no" && other.values["weights"] == "none")
    #expect(other.values["classes"] == "[a, {b: 1}]")
    #expect(try options("{}").model == nil)
  }

  @Test func differencesAreToldByNameButNotWhatBelongsToARunItself() throws {
    let found = RunOptions.differences(among: [
      try options(#"{"model":{"unet":{"_0":{"width":64}}},"seed":1,"epochs":2,"output":"a","started":"x"}"#),
      try options(#"{"model":{"unet":{"_0":{"width":8}}},"seed":1,"epochs":2,"output":"b","started":"y","cache":"c"}"#),
    ])
    #expect(found.map(\.name) == ["cache", "model.width"])
    #expect(found.map(\.values) == [[nil, "c"], ["64", "8"]])
  }

  @Test func whatIsRecordedOnlyIfItIsNotUsualHasAValueBesideOthers() throws {
    let dice = try options(#"{"loss":"dice","arguments":["--loss","dice"]}"#)
    let found = RunOptions.differences(among: [try options(#"{"arguments":[],"cache":"c"}"#), dice])
    #expect(found.map(\.name) == ["cache", "loss"])
    #expect(found.map(\.values) == [["c", nil], ["cross-entropy", "dice"]])
    // Another program's run says nothing.
    #expect(RunOptions.differences(among: [try options("{}"), dice]).map(\.values) == [[nil, "dice"]])
  }
}
