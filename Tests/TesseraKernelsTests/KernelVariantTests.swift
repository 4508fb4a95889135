import CKernels
import TesseraTensors
import TestSupport
import Testing

/// The kernels are compiled for several instruction sets; what one computes, all compute.
@Suite struct KernelVariantTests {
  private static var runnable: [tk_kernels] {
    (0...).lazy.map { tk_runnable_kernels($0) }.prefix { $0 != nil }.compactMap { $0?.pointee }
  }

  private static func name(_ table: tk_kernels) -> String { String(cString: table.name) }

  @Test func theBestTableComesFirstAndThePlainOneLast() {
    let names = Self.runnable.map(Self.name)
    #expect(names == ["avx512", "avx2", "plain"].suffix(names.count))
    #expect(names.first == Self.name(tk_best_kernels().pointee))
    #expect(Self.runnable.map(\.lanes) == [16, 8, 4].suffix(names.count))
  }

  @Test func noFunctionIsMissingInATable() {
    for table in Self.runnable {
      let words = withUnsafeBytes(of: table) { Array($0.bindMemory(to: UInt.self)) }
      #expect(!words.contains(0), "\(Self.name(table))")
    }
  }

  @Test func everyFunctionHasACase() throws {
    let functions = try #require(MemoryLayout<tk_kernels>.offset(of: \.add))
    let covered = Set(KernelCase.all.flatMap { $0.bytes })
    let missing = (functions..<MemoryLayout<tk_kernels>.size).filter { !covered.contains($0) }
    #expect(missing.isEmpty, "bytes of tk_kernels that no case covers")
  }

  @Test(arguments: KernelCase.all)
  func everyTableAgreesWithThePlainOne(_ kernel: KernelCase) throws {
    let plain = try #require(Self.runnable.last)
    for length in [0, 1, 3, 15, 16, 17, 31, 32, 33, 100, 1000] {
      let expected = kernel.results(plain, length)
      for table in Self.runnable.dropLast() {
        let actual = kernel.results(table, length)
        #expect(actual.count == expected.count)
        for (index, (a, e)) in zip(actual, expected).enumerated() {
          expectClose(
            Tensor(a, shape: [a.count]), Tensor(e, shape: [e.count]), tolerance: kernel.tolerance,
            "\(kernel.name) \(Self.name(table)), length \(length), result \(index)")
        }
      }
    }
  }
}
