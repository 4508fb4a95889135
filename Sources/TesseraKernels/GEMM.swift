import CKernels
import COpenBLAS
import Dispatch
import TesseraTensors

/// The matrix product, OpenBLAS's `cblas_sgemm`, always on the calling thread.
///
/// OpenBLAS's own threads are inefficient for skinny products, and its split depends on their number. Callers cut work
/// into blocks by shape and spread those over cores.
enum GEMM {
  /// What OpenBLAS maps for each product at a time: 32 << 22 bytes on x86-64, and less elsewhere; and a few pages.
  private static let workspace = 129 << 20

  /// Left to threads' stacks and everything else.
  private static let headroom = 64 << 20

  /// A place for each product that OpenBLAS has a workspace for.
  ///
  /// Where the system refuses OpenBLAS a workspace, OpenBLAS retries forever. So all are mapped before the first
  /// product, and no more products run at a time than there are workspaces.
  private static let places: DispatchSemaphore = {
    // OpenBLAS keeps one thread count for the process.
    openblas_set_num_threads(1)
    let threads = max(AvailableProcessors.count, ComputeContext.current.threads)
    let count = tk_reserve_workspaces(threads, workspace, headroom)
    if count == 0 {
      stopForWantOfMemory(
        "a matrix product needs \(workspace >> 20) MB of address space, and the system has no more; use a higher limit "
          + "(ulimit -v)")
    }
    return DispatchSemaphore(value: count)
  }()

  /// C[m, n] = `alpha` A[m, k] B[k, n] + `beta` C; a transposed operand is stored as [k, m] or [n, k]. Leading
  /// dimensions are the steps from row to row as stored.
  static func multiply(
    rows m: Int, columns n: Int, inner k: Int,
    _ a: UnsafePointer<Float>, _ lda: Int, transposed aTransposed: Bool = false,
    _ b: UnsafePointer<Float>, _ ldb: Int, transposed bTransposed: Bool = false,
    into c: UnsafeMutablePointer<Float>, _ ldc: Int, alpha: Float = 1, beta: Float = 0
  ) {
    guard m > 0, n > 0 else { return }
    places.wait()
    defer { places.signal() }
    cblas_sgemm(
      CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, bTransposed ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), alpha, a, blasint(lda), b, blasint(ldb), beta, c, blasint(ldc))
  }
}
