extension ONNXNetwork.Configuration {
  /// Checks before a training that every weight can learn and, if there are other classes than the graph's, that the
  /// last layer can be replaced.
  ///
  /// - Throws: `ONNXImportError` with the nodes that prevent it.
  package func requireTrainable() throws(ONNXImportError) {
    if classes != graphClasses, let node = program.classifier.obstacle {
      throw ONNXImportError(
        "its scores come from node \(node.name) (\(node.type)), so there is no last layer to replace: it can be trained "
          + "only with as many outputs as it has, \(graphClasses), and here are \(classes)")
    }
    let obstacles = program.gradientObstacles
    guard obstacles.isEmpty else {
      throw ONNXImportError(
        "it cannot be trained: no gradient comes through operations that weights count by",
        items: obstacles.map { "\($0.type) (node \($0.name))" })
    }
  }
}
