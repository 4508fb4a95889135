import Foundation
import Tessera
import TesseraReports
import TesseraTraining

/// What a training takes, in text and as JSON.
struct TrainingPlanReport {
  private let session: TrainingSession
  private let model: any SegmentationModel
  private let graph: NetworkGraph
  private let rehearsal: TrainingRehearsal
  private let need: MemoryNeed
  private let memory: AvailableMemory
  /// `nil` if there is not enough memory.
  private let probe: TrainingProbe?
  private let peakBytes: Int
  /// Seconds until the first epoch.
  private let opening: Double
  private let remedies: [TrainingRemedy]

  /// Beyond a night, options that take less are named.
  private static let longSeconds = 12 * 3600.0

  /// - Parameter opening: the seconds that opening data and network took.
  init(of session: TrainingSession, _ model: any SegmentationModel, openedIn opening: Double) async throws {
    let network: any NetworkConfiguration = model.configuration
    let memory = AvailableMemory.current
    let clock = ContinuousClock.now
    let rehearsal = try await session.rehearsal(of: network)
    let opening = opening + (ContinuousClock.now - clock) / .seconds(1)
    let need = session.memoryNeed(after: rehearsal)
    let free = min(memory.total, memory.free + need.process)
    let graph = TrainingSession.graph(of: network, session.options.imageSize)
    let probe = need.bytes <= free ? try await session.probe(network) : nil
    peakBytes = max(need.bytes, probe == nil ? 0 : Int(ResourceUsage.current.peakMegabytes * 1_048_576))
    let seconds = probe.map { $0.seconds(epochs: session.options.epochs, steps: session.stepsPerEpoch) + opening }
    let isMuch = need.bytes > free || seconds ?? 0 > Self.longSeconds
    remedies = isMuch ? try await session.remedies(for: network, taking: need, limit: free) : []
    (self.session, self.model, self.graph, self.rehearsal) = (session, model, graph, rehearsal)
    (self.need, self.memory, self.probe, self.opening) = (need, memory, probe, opening)
  }

  /// Whether the machine can hold it.
  var fits: Bool { need.bytes <= memory.total }

  private var seconds: Double? {
    probe.map { $0.seconds(epochs: session.options.epochs, steps: session.stepsPerEpoch) + opening }
  }

  private var picturesPerSecond: Double? {
    probe.map { Double(session.options.batchSize * session.options.accumulate) / max($0.step, 1e-9) }
  }
}

// For people.
extension TrainingPlanReport {
  var text: String {
    let options = session.options
    let parameters = model.forPrediction.trainedParameterCount
    var lines = session.data.description
    lines.append(
      "\(session.name): \(grouped(parameters)) parameters, \(graph.workDescription) forward for a picture of "
        + "\(options.imageSize.text), \(counted(session.classes, "class", "classes"))")
    lines.append(
      "steps of \(options.batchSize)\(options.accumulate > 1 ? " x \(options.accumulate)" : "") pictures, "
        + "\(counted(options.epochs, "epoch")) of \(counted(session.stepsPerEpoch, "step")), validations of "
        + "\(counted(session.validation.batchesPerEpoch, "batch", "batches")), "
        + "\(counted(ComputeContext.current.threads, "thread"))")
    if let choice = session.choice, let limit = options.maxMemory {
      lines.append(choice.line(limit, batchSize: options.batchSize))
    }
    lines.append("")
    lines.append("\(Table(rows, rightAligned: [1, 2]))")
    lines.append("")
    lines.append(
      "memory: \(MemoryNeed.text(peakBytes)) at the peak, \(MemoryNeed.text(rehearsal.standing)) of it weights, moments and "
        + "batches; \(MemoryNeed.text(memory.free)) of \(MemoryNeed.text(memory.total)) are free")
    if let probe, let seconds, let picturesPerSecond {
      lines.append(String(format: "speed: %.1f pictures a second, %.3f s a step", picturesPerSecond, probe.step))
      let validation = Double(probe.validationBatches) * probe.validationBatch
      lines.append(
        "time: an epoch \(clockTime(probe.epochSeconds(steps: session.stepsPerEpoch))), its validation "
          + "\(clockTime(validation)) of that; the whole run \(clockTime(seconds)), until "
          + Date(timeIntervalSinceNow: seconds).clockText)
    } else {
      lines.append("not timed: it does not fit into the memory that is free")
    }
    lines += remedyLines
    return lines.joined(separator: "\n")
  }

  private var remedyLines: [String] {
    if remedies.isEmpty { return [] }
    let rows = remedies.map { remedy in
      [
        remedy.words, MemoryNeed.text(remedy.bytes),
        remedy.bytes < need.bytes
          ? String(format: "%.0f %% less", 100 * (1 - Double(remedy.bytes) / Double(need.bytes))) : "",
        remedy.work < 0.95
          ? String(format: "a step about %.1f times as fast", 1 / max(remedy.work, 1e-6))
          : remedy.work > 1.05 ? String(format: "a step up to %.1f times as long", remedy.work) : "",
      ]
    }
    return ["", "\(Table([["what takes less", "memory", "", "time"]] + rows, rightAligned: [1, 2]))"]
  }

  /// The parts of the network with what they keep for the backward pass.
  private var rows: [[String]] {
    let layers = parts
    let total = layers.reduce(0) { $0 + $1.bytes }
    func row(_ name: String, _ bytes: Int) -> [String] {
      [name, MemoryNeed.text(bytes), String(format: "%.0f %%", 100 * Double(bytes) / Double(max(1, total)))]
    }
    return [["part", "activations of a batch", ""]] + layers.map { row($0.name, $0.bytes) } + [row("total", total)]
  }

  /// The layers by the first steps of their paths: as many as make at most twenty parts.
  private var parts: [TrainingRehearsal.Layer] {
    func parts(_ depth: Int) -> [TrainingRehearsal.Layer] {
      rehearsal.layers.reduce(into: []) { parts, layer in
        let name = layer.name.split(separator: ".").prefix(depth).joined(separator: ".")
        if let index = parts.firstIndex(where: { $0.name == name }) {
          parts[index] = .init(name: name, bytes: parts[index].bytes + layer.bytes)
        } else {
          parts.append(.init(name: name, bytes: layer.bytes))
        }
      }
    }
    let depths = (1...6).map(parts)
    return depths.last { $0.count <= 20 } ?? depths[0]
  }
}

// For programs.
extension TrainingPlanReport {
  private struct Line: Encodable {
    let network: String, parameters: Int, multiplyAdds: Int, batchSize: Int, accumulate: Int, imageSize: String
    let threads: Int, epochs: Int, stepsPerEpoch: Int, validationBatches: Int
    let peakMegabytes: Double, rehearsedMegabytes: Double, freeMegabytes: Double, totalMegabytes: Double, fits: Bool
    let activations: [Part], remedies: [Remedy]
    // `nil` if it was not timed.
    let picturesPerSecond: Double?, stepSeconds: Double?, validationSeconds: Double?, epochSeconds: Double?
    let seconds: Double?

    struct Part: Encodable { let name: String, megabytes: Double }
    struct Remedy: Encodable { let options: String, peakMegabytes: Double, work: Double }
  }

  func json() throws -> String {
    let options = session.options
    func megabytes(_ bytes: Int) -> Double { Double(bytes) / 1_048_576 }
    let line = Line(
      network: session.name, parameters: model.forPrediction.trainedParameterCount,
      multiplyAdds: graph.nodes.reduce(0) { $0 + $1.multiplyAdds }, batchSize: options.batchSize,
      accumulate: options.accumulate, imageSize: options.imageSize.text, threads: ComputeContext.current.threads,
      epochs: options.epochs, stepsPerEpoch: session.stepsPerEpoch,
      validationBatches: session.validation.batchesPerEpoch, peakMegabytes: megabytes(peakBytes),
      rehearsedMegabytes: megabytes(need.bytes), freeMegabytes: megabytes(memory.free),
      totalMegabytes: megabytes(memory.total), fits: fits,
      activations: rehearsal.layers.map { .init(name: $0.name, megabytes: megabytes($0.bytes)) },
      remedies: remedies.map { .init(options: $0.words, peakMegabytes: megabytes($0.bytes), work: $0.work) },
      picturesPerSecond: picturesPerSecond, stepSeconds: probe?.step,
      validationSeconds: probe.map { Double($0.validationBatches) * $0.validationBatch },
      epochSeconds: probe.map { $0.epochSeconds(steps: session.stepsPerEpoch) }, seconds: seconds)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(line), as: UTF8.self)
  }
}
