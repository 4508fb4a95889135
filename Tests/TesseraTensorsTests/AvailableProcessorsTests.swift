import Foundation
import Testing

@testable import TesseraTensors

@Suite struct AvailableProcessorsTests {
  private func quota(_ files: [String: String]) -> Int? { AvailableProcessors.quota { files[$0] } }

  @Test(arguments: [
    ("100000 100000\n", 1), ("150000 100000", 2), ("50000 100000", 1), ("400001 100000", 5), ("max 100000\n", nil),
    ("-1 100000", nil), ("0 100000", nil), ("100000", nil), ("", nil), ("100000 0", nil),
    ("9223372036854775807 1", Int.max),
  ] as [(String, Int?)])
  func quotasAreRoundedUpToWholeProcessors(text: String, count: Int?) {
    #expect(AvailableProcessors.processors(text) == count)
  }

  @Test func aQuotaOfAnyGroupAboveCounts() {
    let root = "/sys/fs/cgroup"
    let own = ["/proc/self/cgroup": "0::/user.slice/run.scope\n", root + "/user.slice/run.scope/cpu.max": "max 100000\n"]
    #expect(quota(own) == nil)
    #expect(quota(own.merging([root + "/user.slice/cpu.max": "300000 100000\n"]) { $1 }) == 3)
    // In a container the group is the root.
    #expect(quota(["/proc/self/cgroup": "0::/\n", root + "/cpu.max": "200000 100000\n"]) == 2)
  }

  @Test func theFirstVersionsFilesCountToo() {
    let groups = "5:memory:/docker/1f\n4:cpu,cpuacct:/docker/1f\n0::/docker/1f\n"
    let folder = "/sys/fs/cgroup/cpu,cpuacct"
    func files(_ folder: String, _ quota: String) -> [String: String] {
      [
        "/proc/self/cgroup": groups, folder + "/cpu.cfs_quota_us": quota, folder + "/cpu.cfs_period_us": "50000\n",
      ]
    }
    #expect(quota(files(folder + "/docker/1f", "125000\n")) == 3)
    #expect(quota(files(folder, "125000\n")) == 3)
    #expect(quota(files("/sys/fs/cgroup/cpu", "-1\n")) == nil)
    #expect(quota([:]) == nil)
  }

  @Test(arguments: [
    ("Name:\tunet\nCpus_allowed:\tff\nCpus_allowed_list:\t0-7\nMems_allowed_list:\t0\n", 8),
    ("Cpus_allowed_list:\t0\n", 1), ("Cpus_allowed_list:\t0-3,8,10-11\n", 7), ("Cpus_allowed_list:\t\n", nil),
    ("Cpus_allowed_list:\t3-1\n", nil), ("Cpus_allowed_list:\tall\n", nil), ("Name:\tunet\n", nil),
  ] as [(String, Int?)])
  func affinityIsCounted(status: String, count: Int?) {
    #expect(AvailableProcessors.affinity(status) == count)
  }

  @Test func theFewestProcessorsCount() {
    func count(_ files: [String: String]) -> Int { AvailableProcessors.count(of: 16) { files[$0] } }
    let bound = ["/proc/self/status": "Cpus_allowed_list:\t0-3\n"]
    let limited = ["/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/cpu.max": "600000 100000\n"]
    #expect(count([:]) == 16 && count(bound) == 4 && count(limited) == 6)
    #expect(count(bound.merging(limited) { $1 }) == 4)
  }
}
