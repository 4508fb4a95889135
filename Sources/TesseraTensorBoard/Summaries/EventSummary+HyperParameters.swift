import Foundation
import SwiftProtobuf

/// A curve whose last point TensorBoard's HPARAMS tab shows for each run.
struct HyperParameterMetric {
  let tag: String
  /// The folder below the run's that holds the curve; empty for the run's own.
  let folder: String
  let title: String
}

extension EventSummary {
  /// What is compared: the settings' names and types, and the metrics' curves.
  static func experiment(
    comparing parameters: [HyperParameter], by metrics: [HyperParameterMetric]
  ) throws -> EventSummary {
    var data = Tensorboard_Hparams_HParamsPluginData()
    data.experiment.hparamInfos = parameters.map { parameter in
      var info = Tensorboard_Hparams_HParamInfo()
      info.name = parameter.name
      info.type = parameter.type
      // The tab begins with those that differ among the runs, which one run cannot know.
      info.differs = parameter.isShownFirst
      return info
    }
    data.experiment.metricInfos = metrics.map { metric in
      var info = Tensorboard_Hparams_MetricInfo()
      info.name.tag = metric.tag
      info.name.group = metric.folder
      info.displayName = metric.title
      return info
    }
    return try EventSummary("_hparams_/experiment", data)
  }

  /// The settings of the current run.
  static func sessionStart(_ parameters: [HyperParameter]) throws -> EventSummary {
    var data = Tensorboard_Hparams_HParamsPluginData()
    data.sessionStartInfo.startTimeSecs = Date().timeIntervalSince1970
    data.sessionStartInfo.hparams = Dictionary(
      parameters.compactMap { parameter in parameter.message.map { (parameter.name, $0) } }
    ) { _, last in last }
    return try EventSummary("_hparams_/session_start_info", data)
  }

  /// The end of the run.
  static func sessionEnd() throws -> EventSummary {
    var data = Tensorboard_Hparams_HParamsPluginData()
    data.sessionEndInfo.endTimeSecs = Date().timeIntervalSince1970
    data.sessionEndInfo.status = .success
    return try EventSummary("_hparams_/session_end_info", data)
  }

  private init(_ tag: String, _ data: Tensorboard_Hparams_HParamsPluginData) throws {
    // The plug-in reads the description of the tensor; the tensor itself is empty.
    self.init(
      tag, Tensorboard_TensorProto([Float](), type: .dtFloat, shape: [0]), plugin: "hparams",
      content: try data.serializedData(), kind: .tensor, description: "")
  }
}
