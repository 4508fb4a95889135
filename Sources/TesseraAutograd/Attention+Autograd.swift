import TesseraKernels
import TesseraTensors

/// Scaled dot-product attention (Vaswani et al. 2017, arXiv:1706.03762): softmax(q k' / sqrt(d)) v in each of `heads`
/// heads of d channels.
///
/// Scores are never stored: both passes compute them for a block of queries at a time.
///
/// - Parameters:
///   - query: `[batch, queries, channels]`.
///   - key: `[batch, keys, channels]`.
///   - value: `[batch, keys, value channels]`.
///   - heads: the channels of head h are neighbors; both numbers of channels must be multiples of it.
/// - Returns: `[batch, queries, value channels]`.
public func scaledDotProductAttention(
  _ query: Variable, _ key: Variable, _ value: Variable, heads: Int
) -> Variable {
  let inputs = [query, key, value]
  let attention = Attention(query: query.shape, key: key.shape, value: value.shape, heads: heads)
  return .operation(
    .scaledDotProductAttention(heads: heads), on: inputs,
    value: attention(query: query.value, key: key.value, value: value.value), multiplyAdds: attention.multiplyAdds
  ) { [q = query.value, k = key.value, v = value.value] gradient in
    let gradients = attention.gradients(gradient, query: q, key: k, value: v)
    return [gradients.query, gradients.key, gradients.value]
  }
}
