// A team of threads that runs one function together and meets at barriers, for work measured in microseconds.
//
//   ThreadTeam team(2);
//   team.run([&](TeamMember member) {
//     const Range rows = member.share(row_count, 8);   // this member's rows, in multiples of 8
//     for (int64_t row = rows.begin; row < rows.end; ++row) out[row] = ...;
//     member.barrier();                                 // everybody's rows are visible now
//   });
//
// Waiting spins for at most kSpin_us, then sleeps in a futex. When other processes keep taking the cores away, so that
// members wait for one that does not run, the team works with one member less for a while: run() may call the function
// with fewer members than size(), even with the caller alone. run() belongs to one thread at a time; the caller is
// member 0.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "base/run_delay.h"

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

  explicit ThreadTeam(int threads, Policy policy = Policy::kNormal);  // threads: 1 to 255, the caller included
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam();

  int size() const { return size_; }

  // Calls function(TeamMember) in every member at hand and returns when all are done.
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
  static constexpr uint32_t kJobStep = 1 << 8;
  static constexpr int kMostThreads = kJobStep - 1;
  static constexpr uint32_t kVote = 1 << 16;

  using Clock = std::chrono::steady_clock;

  // How much waiting for a core is too much. Measured in docs/speed.md, "Beside busy processes".
  struct Contention {
    static constexpr Clock::duration kTolerated = std::chrono::milliseconds(8);  // beyond a quarter of the time
    static constexpr Clock::duration kFirstRetreat = std::chrono::milliseconds(50);
    static constexpr Clock::duration kLongestRetreat = std::chrono::milliseconds(1600);

    Clock::duration excess{0};  // of the members' waiting for cores over a quarter of the time worked
    Clock::duration waited{0};  // by all members, ever
    Clock::duration retreat = kFirstRetreat;
    Clock::time_point retreat_end{};
    Clock::time_point last_change{};
  };

  void run_job();
  void choose_members(Clock::time_point now);
  void note_stalls(Clock::time_point start);
  Clock::duration count_waiting();
  void work(int index);
  void take_own_core(int index, int members);
  bool barrier(int index, int members, bool vote = false);
  static bool spin_while_equal(const std::atomic<uint32_t>& value, uint32_t old);

  const int size_;
  const Policy policy_;
  int active_;  // members of the current or last job
  Contention contention_;
  std::thread::id prepared_caller_;
  const void* job_ = nullptr;
  void (*call_)(const void*, TeamMember) = nullptr;
  // Each on its own cache line: workers poll job_number_ while others count down at the barrier.
  alignas(64) std::atomic<uint32_t> job_number_{0};      // counts in steps of kJobStep; below it, the job's members
  alignas(64) std::atomic<uint32_t> barrier_number_{0};  // counts in steps of kBarrierStep; the lowest bit is the vote
  alignas(64) std::atomic<uint32_t> arrived_{0};         // members, plus kVote for each that voted true
  std::atomic<bool> stalled_{false};                     // somebody has slept at a barrier of this job
  std::atomic<bool> stopping_{false};
  std::vector<std::atomic<int>> cores_;  // on which each member was when it last began a job or woke up
  std::vector<RunDelay> delays_;         // of the caller and the workers, each of which fills in its own as it starts
  std::atomic<int> started_workers_{0};
  std::vector<std::thread> workers_;
};

// Physical cores that this process may run on (affinity mask and cgroup quota respected), at least 1.
int usable_physical_cores();

}  // namespace favilla
