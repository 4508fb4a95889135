import Synchronization
import Testing

@testable import SegmentationServer

@Suite struct PassQueueTests {
  @Test func passesRunInOrderOfArrival() async throws {
    let queue = PassQueue(places: 1, capacity: 5)
    let gate = Gate()
    let order = Order()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<5 {
        group.addTask {
          try await queue.run {
            try await gate.pass()
            order.numbers.withLock { $0.append(number) }
          }
        }
        try await eventually("arrived") { queue.counts == (1, number) }
      }
      gate.open()
      try await group.waitForAll()
    }
    #expect(order.numbers.withLock { $0 } == [0, 1, 2, 3, 4])
    #expect(queue.counts == (0, 0))
  }

  @Test func moreThanFitAreRefusedWithTheTimeToComeBack() async throws {
    let queue = PassQueue(places: 2, capacity: 1)
    let gate = Gate()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...3 {
        group.addTask { try await queue.run { try await gate.pass() } }
        try await eventually("arrived") { queue.counts == (min(number, 2), max(0, number - 2)) }
      }
      let busy = Problem(
        .tooManyRequests, "The server is busy: 2 pictures are computed and 1 wait; try again in 1 s.", retryAfter: 1)
      #expect(throws: busy) { try queue.checkRoom() }
      await #expect(throws: busy) { try await queue.run {} }
      gate.open()
      try await group.waitForAll()
    }
    try queue.checkRoom()
  }

  @Test func cancelledWhileWaitingLeavesAtOnce() async throws {
    let queue = PassQueue(places: 1, capacity: 2)
    let gate = Gate()
    let first = Task { try await queue.run { try await gate.pass() } }
    try await eventually("the first runs") { queue.counts == (1, 0) }
    let second = Task { try await queue.run { Issue.record("it was cancelled") } }
    let third = Task { try await queue.run { 3 } }
    try await eventually("two wait") { queue.counts == (1, 2) }
    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    #expect(queue.counts == (1, 1))
    gate.open()
    try await first.value
    #expect(try await third.value == 3)
    #expect(queue.counts == (0, 0))
  }

  @Test func placesAreFreeAfterAnError() async throws {
    let queue = PassQueue(places: 1, capacity: 0)
    let wrong = Problem(.unprocessableContent, "no")
    for _ in 0..<3 { await #expect(throws: wrong) { try await queue.run { throw wrong } } }
    #expect(try await queue.run { 1 } == 1)
  }
}

/// The numbers of passes in the order in which they ran.
private final class Order: Sendable {
  let numbers = Mutex<[Int]>([])
}
