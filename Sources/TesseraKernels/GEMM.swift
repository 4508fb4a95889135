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
  /// Where the system refuses OpenBLAS a workspace, OpenBLAS retries forever. So all are mapped before the first product,
  /// and no more products run at a time than there are workspaces.
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

  /// C[m, n] = `alpha` A[m, k] B[k, n] + `beta` C; a transposed operand is stored as [k, m] or [n, k]. Leading dimensions are
  /// the steps from row to row as stored.
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

extension Tensor {
  /// The matrix product `[..., m, n]` of `[..., m, k]` and `[k, n]`; either operand may be transposed.
  ///
  /// - Parameters:
  ///   - other: the right factor, `[k, n]`.
  ///   - transposed: whether this tensor is stored as `[k, m]` (rank 2 only).
  ///   - otherTransposed: whether `other` is stored as `[n, k]`.
  public func matrixProduct(
    _ other: Tensor, transposed: Bool = false, otherTransposed: Bool = false
  ) -> Tensor {
    require(
      shape.rank >= 2 && other.shape.rank == 2 && (!transposed || shape.rank == 2),
      "matrixProduct: expects [..., m, k] and [k, n]; got \(shape) and \(other.shape)")
    let k = transposed ? shape[0] : shape[-1]
    let m = transposed ? shape[1] : count / max(1, k)
    let n = otherTransposed ? other.shape[0] : other.shape[1]
    require(
      k == (otherTransposed ? other.shape[1] : other.shape[0]),
      "matrixProduct: the inner lengths differ: \(shape)\(transposed ? " transposed" : "") and "
        + "\(other.shape)\(otherTransposed ? " transposed" : "")")
    let result = transposed ? Shape([m, n]) : Shape(shape.dimensions.dropLast() + [n])
    let (lda, ldb) = (shape[-1], other.shape[-1])
    // Long sides are cut: rows first, columns where there are few rows; and the inner side where a small result sums
    // many products, as a weight's gradient does over all pixels.
    let rowGrain = 256
    let columnGrain = m >= 4 * rowGrain ? max(1, n) : 256
    let columnBlocks = (n + columnGrain - 1) / columnGrain
    let blocks = (m + rowGrain - 1) / rowGrain * columnBlocks
    let parts = blocks < 8 ? max(1, min(8, k / 1024)) : 1
    let partGrain = (k + parts - 1) / parts
    let products = Tensor(shape: Shape([parts] + result.dimensions)) { c in
      withUnsafeBufferPointer { a in
        other.withUnsafeBufferPointer { b in
          guard k > 0 && n > 0 else { return c.update(repeating: 0) }
          parallelFor(blocks * parts) { task in
            let (part, block) = task.quotientAndRemainder(dividingBy: blocks)
            let row = block / columnBlocks * rowGrain
            let column = block % columnBlocks * columnGrain
            let inner = part * partGrain
            GEMM.multiply(
              rows: min(rowGrain, m - row), columns: min(columnGrain, n - column), inner: min(partGrain, k - inner),
              a.baseAddress! + (transposed ? inner * lda + row : row * lda + inner), lda, transposed: transposed,
              b.baseAddress! + (otherTransposed ? column * ldb + inner : inner * ldb + column), ldb,
              transposed: otherTransposed, into: c.baseAddress! + (part * m + row) * n + column, n)
          }
        }
      }
    }
    return parts == 1 ? products.reshaped(to: result) : products.sum(along: [0])
  }
}
