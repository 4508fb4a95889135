/// Where Linux keeps the limits of the groups of processes (containers, services, batch jobs) that this one is in.
enum ControlGroups {
  /// The folders of the process's group and of those above it, whether or not they exist.
  ///
  /// - Parameters:
  ///   - controller: what is limited: "cpu", "memory".
  ///   - read: returns the text of a file; `nil` if there is none.
  static func folders(of controller: String, reading read: (String) -> String?) -> [String] {
    let root = "/sys/fs/cgroup"
    return (read("/proc/self/cgroup")?.split(separator: "\n") ?? []).flatMap { line -> [String] in
      // Such as "0::/user.slice" (version 2) and "4:cpu,cpuacct:/docker/1f" (version 1).
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return [] }
      if fields[0] == "0" && fields[1].isEmpty { return groups(fields[2], below: root) }
      guard fields[1].split(separator: ",").contains(Substring(controller)) else { return [] }
      return ["\(root)/\(fields[1])", "\(root)/\(controller)"].flatMap { groups(fields[2], below: $0) }
    }
  }

  /// The folders of a control group and of those above it. In a container the path may be the host's, while the root is
  /// the container's.
  private static func groups(_ path: Substring, below root: String) -> [String] {
    let steps = path.split(separator: "/")
    return (0...steps.count).map { count in ([root] + steps.prefix(count).map(String.init)).joined(separator: "/") }
  }
}
