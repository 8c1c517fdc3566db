// A team of threads that runs one function together and meets at barriers, for work measured in microseconds.
//
//   ThreadTeam team(2);
//   team.run([&](TeamMember member) {
//     const Range rows = member.share(row_count, 8);   // this member's rows, in multiples of 8
//     for (int64_t row = rows.begin; row < rows.end; ++row) out[row] = ...;
//     member.barrier();                                 // everybody's rows are visible now
//   });
//
// Waiting spins for at most kSpin_us, then sleeps in a futex: a busy neighbour costs a wake-up, not a core.
// run() belongs to one thread at a time; the caller is member 0.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace favilla {

struct Range {
  int64_t begin = 0;
  int64_t end = 0;
};

class ThreadTeam;

class TeamMember {
 public:
  int index() const { return index_; }
  int count() const { return count_; }
  bool is_first() const { return index_ == 0; }

  // This member's contiguous part of [0, total), cut at multiples of `grain`. Parts differ by at most one grain.
  Range share(int64_t total, int64_t grain = 1) const;

  // Returns when all members have called it; what they wrote before is visible to all after. True in all of them when
  // any of them passed true: a way to agree on something that changes meanwhile, for example a request to stop.
  bool barrier(bool vote = false);

 private:
  friend class ThreadTeam;
  TeamMember(ThreadTeam& team, int index, int count) : team_(&team), index_(index), count_(count) {}
  ThreadTeam* team_;
  int index_;
  int count_;
};

class ThreadTeam {
 public:
  // kIdle: members run only when no other process wants the core; so does, from its first run() on, the calling thread.
  enum class Policy { kNormal, kIdle };

  explicit ThreadTeam(int threads, Policy policy = Policy::kNormal);  // threads >= 1, the caller included
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam();

  int size() const { return size_; }

  // Calls function(TeamMember) in every member and returns when all are done.
  template <class Function>
  void run(const Function& function) {
    job_ = &function;
    call_ = [](const void* job, TeamMember member) { (*static_cast<const Function*>(job))(member); };
    run_job();
  }

 private:
  friend class TeamMember;
  static constexpr int kSpin_us = 200;
  static constexpr uint32_t kBarrierStep = 2;
  static constexpr uint32_t kVote = 1 << 16;

  void run_job();
  void work(int index);
  bool barrier(bool vote);
  static void wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old);

  const int size_;
  const Policy policy_;
  const void* job_ = nullptr;
  void (*call_)(const void*, TeamMember) = nullptr;
  // Each on its own cache line: workers poll job_number_ while others count down at the barrier.
  alignas(64) std::atomic<uint32_t> job_number_{0};
  alignas(64) std::atomic<uint32_t> barrier_number_{0};  // counts in steps of kBarrierStep; the lowest bit is the vote
  alignas(64) std::atomic<uint32_t> arrived_{0};         // members, plus kVote for each that voted true
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> workers_;
};

// Physical cores that this process may run on (affinity mask and cgroup quota respected), at least 1.
int usable_physical_cores();

}  // namespace favilla
