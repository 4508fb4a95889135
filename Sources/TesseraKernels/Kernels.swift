import CKernels

/// The C loops as compiled for the best instruction set that this machine has; chosen once, on first use.
let kernels = tk_best_kernels().pointee

/// The instruction set that the vector loops run on: `avx512`, `avx2` or `plain`. Each gives different bits in the last
/// digits.
public let instructionSet = String(cString: kernels.name)
