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

  /// Numbers that somebody goes on changing are nobody else's before that has ended.
  @Test(arguments: [false, true]) func aValueThatWasHandedOverIsWaitedFor(somebodyHasIt isShared: Bool) {
    let parameter = Parameter(Tensor([1, 2]))
    let read = isShared ? parameter.value : Tensor([1, 2])
    let (mayArrive, hasBegun) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let arrivals = Mutex(0)
    let handedOver = parameter.handOver {
      hasBegun.signal()
      mayArrive.wait()
      arrivals.withLock { $0 += 1 }
    }
    let readers = DispatchGroup()
    let values = Mutex<[Tensor]>([])
    for _ in 0..<3 {
      DispatchQueue.global().async(group: readers) {
        let value = parameter.value
        values.withLock { $0.append(value) }
      }
    }
    hasBegun.wait()
    handedOver.withUnsafeBufferPointer { numbers in
      _ = UnsafeMutableBufferPointer(mutating: numbers).update(fromContentsOf: [5, 6] as [Float])
    }
    mayArrive.signal()
    readers.wait()
    #expect(values.withLock { $0 } == [Tensor([5, 6]), Tensor([5, 6]), Tensor([5, 6])])
    #expect(arrivals.withLock { $0 } == 1 && read == Tensor([1, 2]))
  }

  @Test func aValueThatWasReadDoesNotChangeWithTheParameter() {
    let parameter = Parameter(Tensor([1, 2]))
    let read = parameter.value
    parameter.value *= 3
    #expect(read == Tensor([1, 2]) && parameter.value == Tensor([3, 6]))
  }
}
