import TesseraTensors

/// Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762): softmax(q k' / sqrt(d)) v in each head.
///
/// Scores exist for a block of queries at a time, all keys of a head wide, and nothing is kept for the backward pass,
/// which computes them again (Rabe and Staats 2021, arXiv:2112.05682; Dao et al. 2022, arXiv:2205.14135). Heads are
/// neighboring channels, so products read and write them in place.
public struct Attention: Sendable {
  private let (batch, queries, keys): (Int, Int, Int)
  private let heads: Int
  /// Channels of queries and keys, and of values, for all heads.
  private let (channels, valueChannels): (Int, Int)

  /// - Parameters:
  ///   - query: the shape of the queries, `[batch, queries, channels]`.
  ///   - key: the shape of the keys, `[batch, keys, channels]`.
  ///   - value: the shape of the values, `[batch, keys, value channels]`.
  ///   - heads: both numbers of channels must be multiples of it.
  public init(query: Shape, key: Shape, value: Shape, heads: Int) {
    require(
      query.rank == 3 && key.rank == 3 && value.rank == 3 && query[0] == key[0] && query[0] == value[0]
        && query[2] == key[2] && key[1] == value[1] && key[1] > 0,
      "scaledDotProductAttention: expects [batch, queries, channels], [batch, keys, channels] and "
        + "[batch, keys, value channels]; got \(query), \(key) and \(value)")
    require(
      heads > 0 && query[2] > 0 && query[2] % heads == 0 && value[2] % heads == 0,
      "scaledDotProductAttention: \(query[2]) and \(value[2]) channels do not split into \(heads) heads")
    (batch, queries, keys, self.heads) = (query[0], query[1], key[1], heads)
    (channels, valueChannels) = (query[2], value[2])
  }

  /// The number of multiply-adds of a forward pass.
  public var multiplyAdds: Int { batch * queries * keys * (channels + valueChannels) }

  private var width: Int { channels / heads }
  private var valueWidth: Int { valueChannels / heads }
  private var scale: Float { 1 / Float(width).squareRoot() }
}

extension Attention {
  /// The result, `[batch, queries, value channels]`, of tensors of the shapes given.
  public func callAsFunction(query: Tensor, key: Tensor, value: Tensor) -> Tensor {
    requireShapes(query, key, value)
    return Tensor(shape: [batch, queries, valueChannels]) { out in
      withMemory([query, key, value]) { known in
        parallelFor(batch * heads * blocks, scratch: length * keys) { task, scores in
          let part = Part(self, of: task / blocks, block: task % blocks)
          findProbabilities(of: part, known[0], known[1], into: scores)
          GEMM.multiply(
            rows: part.count, columns: valueWidth, inner: keys, scores, keys, known[2] + part.value, valueChannels,
            into: out.baseAddress! + part.result, valueChannels)
        }
      }
    }
  }

  /// The gradients with respect to queries, keys and values.
  public func gradients(
    _ gradient: Tensor, query: Tensor, key: Tensor, value: Tensor
  ) -> (query: Tensor, key: Tensor, value: Tensor) {
    requireShapes(query, key, value)
    require(
      gradient.shape == [batch, queries, valueChannels],
      "scaledDotProductAttention gradient: expects [\(batch), \(queries), \(valueChannels)]; got \(gradient.shape)")
    // Blocks of queries add to the same keys. With few heads, groups of blocks have sums of their own.
    let groups = max(1, min(blocks, 16 / max(1, batch * heads)))
    let groupLength = (blocks + groups - 1) / groups
    var byKey = Tensor.zeros(Shape([groups] + key.shape.dimensions))
    var byValue = Tensor.zeros(Shape([groups] + value.shape.dimensions))
    let byQuery = Tensor(shape: query.shape) { dq in
      byKey.withUnsafeMutableBufferPointer { dk in
        byValue.withUnsafeMutableBufferPointer { dv in
          withMemory([query, key, value, gradient]) { known in
            let (q, k, v, dy) = (known[0], known[1], known[2], known[3])
            parallelFor(groups * batch * heads, scratch: 2 * length * keys) { task, scratch in
              let (group, head) = task.quotientAndRemainder(dividingBy: batch * heads)
              let (probabilities, slopes) = (scratch, scratch + length * keys)
              for block in group * groupLength..<max(group * groupLength, min(blocks, (group + 1) * groupLength)) {
                let part = Part(self, of: head, block: block)
                findProbabilities(of: part, q, k, into: probabilities)
                GEMM.multiply(
                  rows: keys, columns: valueWidth, inner: part.count, probabilities, keys, transposed: true,
                  dy + part.result, valueChannels, into: dv.baseAddress! + group * value.count + part.value,
                  valueChannels, beta: 1)
                GEMM.multiply(
                  rows: part.count, columns: keys, inner: valueWidth, dy + part.result, valueChannels,
                  transposed: false, v + part.value, valueChannels, transposed: true, into: slopes, keys)
                kernels.softmax_backward_rows(probabilities, slopes, slopes, part.count, keys)
                GEMM.multiply(
                  rows: part.count, columns: width, inner: keys, slopes, keys, k + part.key, channels,
                  into: dq.baseAddress! + part.query, channels, alpha: scale)
                GEMM.multiply(
                  rows: keys, columns: width, inner: part.count, slopes, keys, transposed: true, q + part.query,
                  channels, into: dk.baseAddress! + group * key.count + part.key, channels, alpha: scale, beta: 1)
              }
            }
          }
        }
      }
    }
    func total(_ parts: Tensor, _ shape: Shape) -> Tensor {
      groups == 1 ? parts.reshaped(to: shape) : parts.sum(along: [0])
    }
    return (byQuery, total(byKey, key.shape), total(byValue, value.shape))
  }

  /// A block of queries of one head, and where it starts in each tensor.
  private struct Part {
    let count: Int
    let query, key, value, result: Int

    init(_ attention: Attention, of index: Int, block: Int) {
      let (picture, head) = index.quotientAndRemainder(dividingBy: attention.heads)
      let first = block * attention.length
      count = min(attention.length, attention.queries - first)
      let (row, rowOfKeys) = (picture * attention.queries + first, picture * attention.keys)
      query = row * attention.channels + head * attention.width
      key = rowOfKeys * attention.channels + head * attention.width
      value = rowOfKeys * attention.valueChannels + head * attention.valueWidth
      result = row * attention.valueChannels + head * attention.valueWidth
    }
  }

  /// Queries of a block: its scores stay in a core's cache unless there are thousands of keys.
  private var length: Int { min(256, max(32, (1 << 16) / keys)) }
  private var blocks: Int { (queries + length - 1) / length }

  /// The softmax of a block's scores, `[part.count, keys]`.
  private func findProbabilities(
    of part: Part, _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, into scores: UnsafeMutablePointer<Float>
  ) {
    GEMM.multiply(
      rows: part.count, columns: keys, inner: width, q + part.query, channels, transposed: false, k + part.key,
      channels, transposed: true, into: scores, keys, alpha: scale)
    kernels.softmax_rows(scores, scores, part.count, keys)
  }

  private func requireShapes(_ query: Tensor, _ key: Tensor, _ value: Tensor) {
    require(
      query.shape == [batch, queries, channels] && key.shape == [batch, keys, channels]
        && value.shape == [batch, keys, valueChannels],
      "scaledDotProductAttention: expects [\(batch), \(queries), \(channels)], [\(batch), \(keys), \(channels)] and "
        + "[\(batch), \(keys), \(valueChannels)]; got \(query.shape), \(key.shape) and \(value.shape)")
  }
}
