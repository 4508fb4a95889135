import Dispatch
import Synchronization
import TesseraAutograd
import TesseraKernels
import TesseraTensors
import Testing

@Suite struct ParameterSharingTests {
  /// Updates add 1 to all elements in place: a value of two updates would have two different ones.
  @Test func whoReadsWhileAnotherUpdatesGetsTheNumbersOfOneMoment() {
    let parameter = Parameter(.zeros([4096]))
    let torn = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { worker in
      for _ in 0..<50 {
        if worker == 0 {
          parameter.value += Tensor(1)
        } else {
          let scalars = parameter.value.scalars
          if scalars.contains(where: { $0 != scalars[0] }) { torn.withLock { $0 += 1 } }
        }
      }
    }
    #expect(torn.withLock { $0 } == 0)
    #expect(parameter.value.scalars.allSatisfy { $0 == 50 })
  }

  @Test func firstValuesAreMadeOnceForAllWhoAsk() {
    let made = Mutex(0)
    let parameter = Parameter(shape: [2]) {
      made.withLock { $0 += 1 }
      return Tensor([1, 2])
    }
    DispatchQueue.concurrentPerform(iterations: 4) { _ in _ = parameter.value }
    #expect(made.withLock { $0 } == 1 && parameter.value == Tensor([1, 2]))
  }

  @Test func aValueThatWasReadDoesNotChangeWithTheParameter() {
    let parameter = Parameter(Tensor([1, 2]))
    let read = parameter.value
    parameter.value *= 3
    #expect(read == Tensor([1, 2]) && parameter.value == Tensor([3, 6]))
  }
}
