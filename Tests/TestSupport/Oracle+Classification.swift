import Foundation
import TesseraTensors

extension Oracle {
  /// exp(x) / sum(exp(x)) along the last axis.
  public static func softmax(_ input: DoubleArray) -> DoubleArray {
    let last: Set = [input.shape.rank - 1]
    let shifted = input.combined(with: input.reduced(along: last, from: -.infinity, max), -)
    let powers = shifted.map { exp($0) }
    return powers.combined(with: powers.reduced(along: last, from: 0, +), /)
  }

  /// softmax(q k' / sqrt(d)) v of each head, from `[batch, positions, channels]`.
  public static func attention(_ q: DoubleArray, _ k: DoubleArray, _ v: DoubleArray, heads: Int) -> DoubleArray {
    let (width, valueWidth) = (q.shape[2] / heads, v.shape[2] / heads)
    let scores = DoubleArray(shape: [q.shape[0], heads, q.shape[1], k.shape[1]]) { index in
      (0..<width).reduce(0) { sum, channel in
        let place = index[1] * width + channel
        return sum + q[index[0], index[2], place] * k[index[0], index[3], place]
      } / Double(width).squareRoot()
    }
    let shares = softmax(scores)
    return DoubleArray(shape: [q.shape[0], q.shape[1], v.shape[2]]) { index in
      (0..<k.shape[1]).reduce(0) { sum, key in
        sum + shares[index[0], index[2] / valueWidth, index[1], key] * v[index[0], key, index[2]]
      }
    }
  }

  /// The weighted mean over counted rows of `-sum(target log softmax)`.
  public static func crossEntropy(
    _ logits: DoubleArray, labels: [Int32], ignored: Int32? = nil, weights: [Double]? = nil, smoothing: Double = 0
  ) -> Double {
    let classes = logits.shape[-1]
    var (sum, total) = (0.0, 0.0)
    for (row, label) in labels.enumerated() where label != ignored {
      let z = Array(logits.scalars[row * classes..<(row + 1) * classes])
      let top = z.max()!
      let logSum = top + log(z.reduce(0) { $0 + exp($1 - top) })
      let weight = weights?[Int(label)] ?? 1
      for (index, value) in z.enumerated() {
        let target = (index == Int(label) ? 1 - smoothing : 0) + smoothing / Double(classes)
        sum += weight * target * (logSum - value)
      }
      total += weight
    }
    return total > 0 ? sum / total : 0
  }

  /// (x - mean) / sqrt(biased variance + epsilon) over `axes`.
  public static func normalize(_ input: DoubleArray, along axes: Set<Int>, epsilon: Double) -> DoubleArray {
    let centered = input.combined(with: input.mean(along: axes), -)
    let variance = centered.map { $0 * $0 }.mean(along: axes)
    return centered.combined(with: variance.map { ($0 + epsilon).squareRoot() }, /)
  }

  /// The matrix product of `[rows, inner]` and `[inner, columns]`.
  public static func product(_ a: DoubleArray, _ b: DoubleArray) -> DoubleArray {
    let (rows, inner, columns) = (a.shape[0], a.shape[1], b.shape[1])
    var result = DoubleArray(shape: [rows, columns])
    for row in 0..<rows {
      for k in 0..<inner {
        let value = a.scalars[row * inner + k]
        for column in 0..<columns { result.scalars[row * columns + column] += value * b.scalars[k * columns + column] }
      }
    }
    return result
  }
}
