import Foundation
import HTTPTypes
import Synchronization

/// What the server counts, for Prometheus.
final class ServerMetrics: Sendable {
  private struct State {
    var requests: [Int: Int] = [:]
    var pixels = 0
    var stages: [Segmenter.Stage: TimeHistogram] = [:]
  }

  private let queue: PassQueue
  private let uploads: UploadMemory
  private let state = Mutex(State())

  init(queue: PassQueue, uploads: UploadMemory) {
    self.queue = queue
    self.uploads = uploads
  }

  /// Counts a request for a mask by the status of its answer.
  func count(_ status: HTTPResponse.Status) { state.withLock { $0.requests[status.code, default: 0] += 1 } }

  /// Counts the times and the pixels of an answered request.
  func record(_ stages: [(stage: Segmenter.Stage, seconds: Double)], pixels: Int) {
    state.withLock { state in
      for (stage, seconds) in stages { state.stages[stage, default: TimeHistogram()].record(seconds) }
      state.pixels += pixels
    }
  }

  /// All values, in the text format of Prometheus, version 0.0.4.
  var text: String {
    let (state, passes) = (self.state.withLock { $0 }, queue.counts)
    var text = PrometheusText()
    text.add(
      "tessera_requests_total", .counter, "Requests for masks by the status of the answer.",
      state.requests.sorted { $0.key < $1.key }.map { (#"{status="\#($0.key)"}"#, Double($0.value)) })
    text.add("tessera_segmented_pixels_total", .counter, "Pixels of segmented pictures.", Double(state.pixels))
    text.add(
      "tessera_stage_seconds", .histogram, "Time of answered requests by stage.",
      Segmenter.Stage.allCases.flatMap { state.stages[$0]?.samples(label: #"stage="\#($0.rawValue)""#) ?? [] })
    text.add("tessera_passes", .gauge, "Pictures that are computed.", Double(passes.running))
    text.add("tessera_waiting_requests", .gauge, "Pictures that wait for a pass.", Double(passes.waiting))
    text.add("tessera_upload_bytes", .gauge, "Bytes of uploads that are held.", Double(uploads.bytes))
    text.add("process_resident_memory_bytes", .gauge, "Memory that the process has.", Self.residentBytes)
    return text.text
  }

  /// The second number of `/proc/self/statm`, in pages; 0 where there is no such file.
  private static var residentBytes: Double {
    let numbers = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return numbers.count > 1 ? (Double(numbers[1]) ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE))) : 0
  }
}
