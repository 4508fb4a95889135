import CKernels

extension KernelCase {
  /// Kernels that treat each element alone.
  static let elements = [
    binary("add", \.add), binary("subtract", \.subtract), binary("multiply", \.multiply), binary("divide", \.divide),
    binary("maximum", \.maximum), binary("minimum", \.minimum),
    unary("negate", \.negate), unary("absolute", \.absolute), unary("square", \.square),
    unary("square_root", \.square_root, in: 0..<9), unary("exponential", \.exponential, in: -9..<9),
    unary("logarithm", \.logarithm, in: 0.01..<9),

    KernelCase("add_scaled", \.add_scaled, tolerance: 1e-6) { addScaled, n in
      var out = numbers(n, seed: 2)
      addScaled(numbers(n), 0.3, &out, n)
      return [out]
    },

    KernelCase("mix", \.mix, tolerance: 1e-6) { mix, n in
      // Sums of no, one, two and three pixels, in any order.
      let parts = [(2, 0.25), (0, 1), (1, 0.5), (3, 0.5), (3, 0.2), (0, 0.3), (2, -0.5)].map {
        tk_part(index: $0.0, weight: Float($0.1))
      }
      var out = unwritten(5 * n)
      mix(numbers(4 * n), parts, [0, 1, 1, 2, 4, 7], 5, n, &out)
      return [out]
    },

    KernelCase("dropout", \.dropout, tolerance: 0) { dropout, n in
      [0, 5_000_000_000].map { first in
        var out = unwritten(n)
        dropout(numbers(n), &out, first, n, 42, 0.3)
        return out
      }
    },
    KernelCase("uniform in 0..<1", \.uniform, tolerance: 0) { uniform, n in
      [0, 5_000_000_000].map { first in
        var out = unwritten(n)
        uniform(&out, first, n, 42, 0, 1)
        return out
      }
    },
    KernelCase("uniform in -0.3..<0.7", \.uniform, tolerance: 1e-6) { uniform, n in
      var out = unwritten(n)
      uniform(&out, 7, n, 42, -0.3, 0.7)
      return [out]
    },
    KernelCase("truncated_normal", \.truncated_normal, tolerance: 1e-6) { truncatedNormal, n in
      [0, 5_000_000_000].map { first in
        var out = unwritten(n)
        truncatedNormal(&out, first, n, 42, 0.5)
        return out
      }
    },

    KernelCase("activate without rounding", \.activate, tolerance: 0) { activate, n in
      [TK_IDENTITY, TK_RELU, TK_LEAKY_RELU, TK_RELU6].map { kind in
        var out = unwritten(n)
        activate(quarters(n, in: -9..<9, withNaN: true), &out, n, kind, 0.3)
        return out
      }
    },
    KernelCase("activate", \.activate, tolerance: 1e-6) { activate, n in
      [TK_SIGMOID, TK_HARD_SIGMOID, TK_TANH, TK_GELU, TK_SILU, TK_HARD_SWISH].map { kind in
        var out = unwritten(n)
        activate(numbers(n, in: -9..<9), &out, n, kind, 0)
        return out
      }
    },
    KernelCase("activate_backward", \.activate_backward, tolerance: 1e-6) { activateBackward, n in
      kinds.map { kind in
        var out = unwritten(n)
        activateBackward(numbers(n, in: -9..<9), numbers(n, seed: 2), &out, n, kind, 0.3)
        return out
      }
    },
    KernelCase("bias_activate", \.bias_activate, tolerance: 1e-6) { biasActivate, n in
      kinds.flatMap { kind in
        var (biased, unbiased) = (numbers(3 * (n + 3)), numbers(3 * (n + 3)))
        biasActivate(&biased, 3, n, n + 3, numbers(n, seed: 2), kind, 0.3)
        biasActivate(&unbiased, 3, n, n + 3, nil, kind, 0.3)
        return [biased, unbiased]
      }
    },
  ]

  private static let kinds = [
    TK_IDENTITY, TK_RELU, TK_LEAKY_RELU, TK_RELU6, TK_SIGMOID, TK_HARD_SIGMOID, TK_TANH, TK_GELU, TK_SILU,
    TK_HARD_SWISH,
  ]

  private static func binary(
    _ name: String, _ field: KeyPath<tk_kernels, tk_binary_loops> & Sendable
  ) -> KernelCase {
    KernelCase(name, field, tolerance: 0) { loops, n in
      let a = quarters(n, withNaN: true)
      let b = quarters(n, seed: 2)
      return [loops.vv, loops.vs, loops.sv].flatMap { loop in
        var (out, inPlace) = (unwritten(n), a)
        loop(a, b, &out, n)
        inPlace.withUnsafeMutableBufferPointer { memory in
          let start = memory.baseAddress!
          loop(start, b, start, n)
        }
        return [out, inPlace]
      }
    }
  }

  private static func unary(
    _ name: String,
    _ field: KeyPath<tk_kernels, @convention(c) (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void>
      & Sendable,
    in range: Range<Float> = -2..<2
  ) -> KernelCase {
    KernelCase(name, field, tolerance: 0) { loop, n in
      var (out, inPlace) = (unwritten(n), numbers(n, in: range))
      loop(inPlace, &out, n)
      inPlace.withUnsafeMutableBufferPointer { memory in
        let start = memory.baseAddress!
        loop(start, start, n)
      }
      return [out, inPlace]
    }
  }
}
