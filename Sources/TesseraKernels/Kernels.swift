import CKernels

/// The C loops as compiled for the best instruction set that this machine has; chosen once, at the first use.
let kernels = tk_best_kernels().pointee
