import TesseraKernels
import TesseraTensors

extension Tape {
  /// The gradients of a scalar with respect to all parameters and variables on the tape. The tape is spent afterwards.
  public func gradients(of loss: Variable) -> Gradients {
    require(loss.value.count == 1, "gradients: the loss must be one number; its shape is \(loss.shape)")
    return gradients(of: loss, seed: Tensor(repeating: 1, shape: loss.shape))
  }

  /// The vector-Jacobian product of `output` with `seed` (a tensor of the output's shape).
  public func gradients(of output: Variable, seed: Tensor) -> Gradients {
    gradients(of: [(output, seed)]) { _, _ in }
  }

  /// The gradients of a scalar, of which those of parameters are told as soon as they are found: those of the last
  /// layer first.
  package func gradients(of loss: Variable, telling tell: (Parameter, Tensor) -> Void) -> Gradients {
    gradients(of: [(loss, Tensor(repeating: 1, shape: loss.shape))], telling: tell)
  }

  /// The sum of the vector-Jacobian products of several outputs, each with a tensor of its shape.
  package func gradients(
    of outputs: [(variable: Variable, seed: Tensor)], telling tell: (Parameter, Tensor) -> Void = { _, _ in }
  ) -> Gradients {
    var known: [(record: Int, gradient: Tensor)] = []
    for (output, seed) in outputs {
      require(output.tape === self, "gradients: the output was not computed on this tape")
      require(seed.shape == output.shape, "gradients: seed \(seed.shape) must have the output's shape \(output.shape)")
      // A result that still waits must be known to use what it waits for.
      _ = output.value
      if let record = output.record { known.append((record, seed)) }
    }
    var result = Gradients()
    walkBack(from: known) { record, gradient in
      result.insert(gradient, record: record, parameter: parameterOfRecord[record])
      if let parameter = parameterOfRecord[record] { tell(parameter, gradient) }
    }
    return result
  }

  /// Walks back through all records. The tape is spent afterwards.
  ///
  /// - Parameters:
  ///   - known: what is known of records' gradients.
  ///   - found: gets each leaf's record and gradient, the last leaf's first.
  func walkBack(
    from known: consuming [(record: Int, gradient: Tensor)], found: (_ leaf: Int, _ gradient: Tensor) -> Void
  ) {
    require(!isSpent, "gradients: this tape was already walked back; make a new one for each step")
    isSpent = true
    // From here on only the optimizer holds the weights, so that it can change them in place.
    parameters = [:]
    var pending = [Tensor?](repeating: nil, count: records.count)
    func add(_ gradient: consuming Tensor, to record: Int) {
      if pending[record] == nil { pending[record] = gradient } else { pending[record]! += gradient }
    }
    func summing(_ pullback: SummingPullback, _ gradient: inout Tensor, _ inputs: [Int?]) -> [Tensor?] {
      var known = inputs.map { $0.flatMap { pending[$0].take() } }
      return pullback(&gradient, &known)
    }
    // One by one, so that nothing else holds them.
    known.reverse()
    while let (record, gradient) = known.popLast() { add(gradient, to: record) }
    for index in records.indices.reversed() {
      let backward = records[index].backward.take()
      guard var gradient = pending[index].take() else { continue }
      guard let backward else {
        found(index, gradient)
        continue
      }
      let inputs = records[index].inputs
      let parts =
        switch backward {
        case .plain(let pullback): pullback(&gradient)
        case .adding(let pullback): pullback(&gradient, inputs[0].flatMap { pending[$0].take() })
        case .summing(let pullback): summing(pullback, &gradient, inputs)
        }
      for (input, part) in zip(inputs, parts) {
        guard let input, let part else { continue }
        require(
          part.shape == records[input].shape,
          "\(records[index].kind?.name ?? "leaf"): the pullback gave \(part.shape) for an input of shape \(records[input].shape)"
        )
        add(part, to: input)
      }
    }
  }
}
