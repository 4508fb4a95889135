import CKernels

/// The C loops as compiled for the best instruction set that this machine has; chosen once, on first use.
let kernels = tk_best_kernels().pointee

/// The instruction set that the vector loops run on: `avx512`, `avx2` or `plain`. Each gives different bits in the last
/// digits.
public let instructionSet = String(cString: kernels.name)

/// OpenBLAS's name for the kernels of its matrix products, such as `SkylakeX`; their bits differ, too.
///
/// An OpenBLAS that does not know the processor would choose slow ones: it gets those of the processor's instruction
/// set. The environment variable `OPENBLAS_CORETYPE` chooses others.
public let matrixKernels = String(cString: tk_openblas_core())

/// Those that OpenBLAS chose by itself.
package let matrixKernelsByDefault = String(cString: tk_openblas_own_core())
