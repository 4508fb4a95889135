import CKernels

extension KernelCase {
  /// Kernels that go over several arrays at once: pooling and optimizers.
  static let updates = [
    KernelCase("max_into", \.max_into, tolerance: 0) { maxInto, n in
      var out = quarters(n, seed: 2)
      maxInto(quarters(n, withNaN: true), &out, n)
      return [out]
    },
    KernelCase("max_backward", \.max_backward, tolerance: 0) { maxBackward, n in
      var taken = (0..<n + 4).map { UInt8($0 % 3 == 0 ? 1 : 0) }
      var gradient = quarters(n, seed: 4)
      maxBackward(quarters(n), quarters(n, seed: 2), quarters(n, seed: 3), &taken, &gradient, n)
      return [gradient, taken.map(Float.init)]
    },

    KernelCase("sgd", \.sgd, tolerance: 1e-6) { sgd, n in
      var plain = numbers(n)
      sgd(&plain, numbers(n, seed: 2), nil, n, 0.1, 0, 0, 0, 0, 0.01, 0.99)
      return (Int32(0)..<4).reduce(into: [plain]) { results, form in
        var (weight, velocity) = (numbers(n), numbers(n, seed: 3))
        sgd(&weight, numbers(n, seed: 2), &velocity, n, 0.1, 0.9, 0.2, form & 1, form >> 1, 0.01, 0.99)
        results += [weight, velocity]
      }
    },
    KernelCase("adam", \.adam, tolerance: 1e-6) { adam, n in
      var (weight, first, second) = (numbers(n), numbers(n, seed: 3), numbers(n, seed: 4, in: 0.1..<1))
      adam(&weight, numbers(n, seed: 2), &first, &second, n, 0.01, 0.9, 0.1, 0.999, 0.001, 1e-7, 1.1, 0.99)
      return [weight, first, second]
    },
    KernelCase("rmsprop", \.rmsprop, tolerance: 1e-5) { rmsprop, n in
      var results: [[Float]] = []
      for form in 0..<8 {
        var (weight, square) = (numbers(n), numbers(n, seed: 3, in: 1..<2))
        var (mean, velocity) = (numbers(n, seed: 4, in: -0.5..<0.5), numbers(n, seed: 5))
        mean.withUnsafeMutableBufferPointer { mean in
          velocity.withUnsafeMutableBufferPointer { velocity in
            rmsprop(
              &weight, numbers(n, seed: 2), &square, form & 1 == 0 ? nil : mean.baseAddress,
              form & 2 == 0 ? nil : velocity.baseAddress, n, 0.01, 0.9, 0.1, 1e-7, 0.9, form & 4 == 0 ? 0 : 1)
          }
        }
        results += [weight, square, mean, velocity]
      }
      return results
    },
    KernelCase("move_average", \.move_average, tolerance: 1e-6) { moveAverage, n in
      var average = numbers(n)
      moveAverage(&average, numbers(n, seed: 2), n, 0.1)
      return [average]
    },
  ]
}
