import Foundation
import TesseraKernels
import Testing

@Suite struct MatrixKernelsTests {
  @Test func theProcessorsInstructionsAreUsed() {
    guard instructionSet != "plain", ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil else { return }
    // An OpenBLAS that does not know the processor takes it for one of these.
    #expect(!["Prescott", "Core2", "Nehalem", "Sandybridge", "Barcelona", "Bulldozer"].contains(matrixKernels))
    // Whoever looks at the environment later must not find a choice that nobody made.
    #expect(ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil)
  }
}
