import Foundation
import TesseraReports
import Testing

/// Standard output and standard error that cannot be written.
@Suite struct OutputChannelTests {
  private static let run = "\"$PROGRAM\" " + tinyRun.joined(separator: " ") + " --output run "

  @Test(arguments: [
    "2>&-", "2>/dev/full", ">&- 2>&- <&-", "2>&1 >/dev/null | true",
  ]) func noStandardErrorEndsARun(redirection: String) throws {
    try withTemporaryFolder { folder in
      try #require(try Program.unet.run(tinyRun + ["--output", "whole"], in: folder).status == 0)
      let outcome = try Program.unet.run(shell: Self.run + redirection, in: folder)
      #expect(outcome.status == 0)
      #expect(try RunStatus(ofRun: folder + "/run").state == .finished)
      #expect(try Evidence(folder + "/run") == Evidence(folder + "/whole"))
    }
  }

  @Test func aRunWhoseWordsAreLostIsDoneAndSaysSo() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.unet.run(shell: Self.run + ">/dev/full", in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.errorLines.last == "Error: standard output cannot be written: No space left on device")
      #expect(try RunStatus(ofRun: folder + "/run").state == .finished)
    }
  }

  @Test(arguments: ["summary unet --image-size 32", "--help", "--version", "summary --help"])
  func resultsThatAreLostAreAnError(arguments: String) throws {
    try withTemporaryFolder { folder in
      let full = try Program.tessera.run(shell: "\"$PROGRAM\" \(arguments) >/dev/full", in: folder)
      expectFailure(full, "Error: standard output cannot be written: No space left on device")
      // Who closes a pipe knows. It is closed before the program starts.
      let closed = try Program.tessera.run(
        shell: "{ sleep 0.2; \"$PROGRAM\" \(arguments); echo $? >code; } | exec true; cat code", in: folder)
      #expect(closed.output == "141\n" && closed.errors.isEmpty)
    }
  }
}
