import TesseraTensors

/// The arithmetic of layer normalization (Ba et al. 2016, arXiv:1607.06450): each row `[channels]` by its own mean and
/// biased variance. Nothing is stored for the backward pass: a row's moments are computed again while it is in cache.
public enum LayerNormalization {
  /// (x - mean) / sqrt(variance + epsilon) scale + offset, of the input's shape `[..., channels]`.
  public static func normalized(_ input: Tensor, scale: Tensor, offset: Tensor, epsilon: Float) -> Tensor {
    requireChannels(input, [scale, offset])
    let blocks = RowBlocks(input.shape)
    return Tensor(shape: input.shape) { out in
      withMemory([input, scale, offset]) { known in
        blocks.run { rows, start, _ in
          kernels.layer_normalize(
            known[0] + start, known[1], known[2], epsilon, out.baseAddress! + start, rows, blocks.columns)
        }
      }
    }
  }

  /// The gradients of `normalized` with respect to its input and, summed over all rows, to scale and offset.
  public static func gradients(
    _ gradient: Tensor, input: Tensor, scale: Tensor, epsilon: Float
  ) -> (input: Tensor, scale: Tensor, offset: Tensor) {
    requireChannels(input, [scale])
    require(
      gradient.shape == input.shape, "layerNormalization gradient: expects \(input.shape); got \(gradient.shape)")
    let blocks = RowBlocks(input.shape)
    var sums = (scale: scale, offset: scale)
    let byInput = Tensor(shape: input.shape) { out in
      withMemory([scale]) { factors in
        sums = blocks.columnPairs(of: [gradient, input]) { sources, rows, scaleSums, offsetSums, _ in
          gradient.withUnsafeBufferPointer { all in
            kernels.layer_normalize_backward(
              sources[0], sources[1], factors[0], epsilon, out.baseAddress! + (sources[0] - all.baseAddress!),
              scaleSums, offsetSums, rows, blocks.columns)
          }
        } joining: { scaleSums, offsetSums in
          (blocks.sum(scaleSums), blocks.sum(offsetSums))
        }
      }
    }
    return (byInput, sums.scale, sums.offset)
  }

  private static func requireChannels(_ input: Tensor, _ vectors: [Tensor]) {
    require(
      input.shape.rank > 0 && input.shape[-1] > 0 && vectors.allSatisfy { $0.shape == [input.shape[-1]] },
      "layerNormalization: an input [..., channels] needs vectors [channels]; got \(input.shape) and "
        + "\(vectors.map(\.shape))")
  }
}
