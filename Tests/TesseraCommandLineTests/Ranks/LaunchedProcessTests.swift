import Foundation
import Testing

@testable import TesseraTraining

@Suite struct LaunchedProcessTests {
  @Test func launchersAreKnownByTheirVariables() {
    func process(_ environment: [String: String]) -> [Int?]? {
      LaunchedProcess(environment: environment).map { [$0.rank, $0.count] }
    }
    #expect(process(["OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "3"]) == [2, 3])
    #expect(process(["PMI_RANK": "1", "PMI_SIZE": "4"]) == [1, 4])
    #expect(process(["PMIX_RANK": "1"]) == [1, nil])
    #expect(process(["OMPI_COMM_WORLD_RANK": "first", "HOME": "/"]) == nil)
  }

  #if !MPI
    /// As if a program without MPI were started by mpirun: one line, and nothing is trained twice.
    @Test(arguments: [0, 1]) func aProgramWithoutMPISaysSo(rank: Int) throws {
      try withTemporaryFolder { folder in
        let outcome = try Program.tessera.run(
          ["train", "unet"] + tinyRun, in: folder,
          environment: ["OMPI_COMM_WORLD_RANK": "\(rank)", "OMPI_COMM_WORLD_SIZE": "2"])
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        let line =
          "Error: several processes were started together, and this program was built without MPI; build it with "
          + "--traits MPI, or start one process"
        #expect(outcome.errorLines == (rank == 0 ? [line] : []))
        #expect(try files(in: folder).isEmpty)
      }
    }
  #endif
}
