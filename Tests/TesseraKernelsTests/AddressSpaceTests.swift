#if os(Linux)
  import Foundation
  import TesseraKernels
  import TesseraTensors
  import Testing

  /// Where the system has no more address space, a program ends with a line that says so, and does not hang.
  @Suite struct AddressSpaceTests {
    private func expectLine(
      _ line: String, _ result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(output == line, sourceLocation: sourceLocation)
    }

    @Test func aProductWithoutRoomForItsWorkspace() async {
      expectLine(
        "Error: out of memory: a matrix product needs 129 MB of address space, and the system has no more; use a higher "
          + "limit (ulimit -v)\n",
        await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
          // Wide enough for OpenBLAS.
          let (one, other) = (Tensor.zeros([4, 264]), Tensor.zeros([4, 8]))
          var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
          guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { exit(3) }
          _ = ComputeContext.$current.withValue(ComputeContext(threads: 1)) {
            one.matrixProduct(other, transposed: true)
          }
        })
    }

    @Test func aTensorWithoutRoom() async {
      expectLine(
        "Error: out of memory: the system cannot provide 1024 MB more for tensors, which hold 0 MB; take smaller "
          + "pictures, batches or networks, or raise the limit (ulimit -v)\n",
        await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
          var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
          guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { exit(3) }
          _ = Tensor.zeros([1 << 28])
        })
    }
  }
#endif
