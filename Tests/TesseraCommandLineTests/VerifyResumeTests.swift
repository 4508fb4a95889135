import Foundation
import Testing

@Suite struct VerifyResumeTests {
  static let run =
    "--width 4 --image-size 32 --epochs 2 --steps-per-epoch 8 --batch-size 2 --validation-steps 1"
    .split(separator: " ").map(String.init)

  @Test func aKilledAndResumedRunIsProvenToBeTheSame() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(
        ["verify-resume", "--kills", "2", "--output", "proof", "--"] + Self.run, in: folder)
      try #require(outcome.status == 0, "\(outcome.errors)")
      let lines = outcome.output.split(separator: "\n").map(String.init)
      #expect(lines.count == 8)
      #expect(lines[0].contains(/^uninterrupted: 16 steps in \d+\.\d s$/))
      #expect(lines[1].contains(/^killed after \d+, \d+ steps, and resumed each time$/))
      #expect(lines[5] == "metrics       18 of 18 lines are the same but for the times")
      #expect(lines[6] == "validation    2 of 2 lines are the same")
      #expect(lines[7] == "resuming is exact on this machine")
      #expect(try Evidence(folder + "/proof/killed") == Evidence(folder + "/proof/whole"))
    }
  }

  @Test func aTrainerThatFailsIsQuoted() throws {
    try withTemporaryFolder { folder in
      let outcome = try Program.tessera.run(["verify-resume", "--", "--data", "nowhere"], in: folder)
      #expect(outcome.status == 1)
      #expect(outcome.errors.hasPrefix("Error: unet ended with code 1: Error: nowhere: there is no such folder"))
      let own = try Program.tessera.run(["verify-resume", "--", "--output", "x"], in: folder)
      #expect(own.status == 64)
      #expect(own.errorLines.first == "Error: --output is set by verify-resume itself; leave it out")
    }
  }
}
