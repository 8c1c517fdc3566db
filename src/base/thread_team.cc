// The team's two waits, at a barrier and for the next job, are alike: spin briefly, then sleep.
#include "base/thread_team.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <set>
#include <string>
#include <utility>

namespace favilla {
namespace {

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

int read_topology(int cpu, const char* field) {
  std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/" + field);
  int value = -1;
  file >> value;
  return value;
}

// The kernel's struct of that name, which the C library lacks.
struct sched_attr {
  uint32_t size = sizeof(sched_attr);
  uint32_t sched_policy = SCHED_OTHER;
  uint64_t sched_flags = 0;
  int32_t sched_nice = 0;
  uint32_t sched_priority = 0;
  uint64_t sched_runtime = 0;
  uint64_t sched_deadline = 0;
  uint64_t sched_period = 0;
};

// Asks for short slices (Linux 6.12 and later; older ones take no notice): a member that wakes up is then let in at
// once instead of after what a busy neighbour has left of its own 3 ms, for which the rest of the team would wait. The
// share of the core stays the same. `idle`: asks for the policy that gives way to everybody.
void prepare_this_thread(bool idle) {
  constexpr uint64_t kSlice_ns = 100'000;
  sched_attr attributes;
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (idle) {
    attributes.sched_policy = SCHED_IDLE;
  } else if (attributes.sched_policy == SCHED_OTHER) {
    attributes.sched_runtime = kSlice_ns;
  }
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);  // where a sandbox forbids it, the work is done all the same
}

// Cores that the cgroup's CPU quota pays for, rounded up; a large number when there is none.
int quota_cores() {
  constexpr int kNoQuota = 1 << 20;
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  double quota = 0;  // stays unread for "max"
  double period = 0;
  if (!(file >> quota >> period) || period <= 0) return kNoQuota;
  return static_cast<int>(std::ceil(quota / period));
}

}  // namespace

Range TeamMember::share(int64_t total, int64_t grain) const {
  const int64_t grains = (total + grain - 1) / grain;
  const auto cut = [&](int64_t member) { return std::min(total, grains * member / count_ * grain); };
  return {cut(index_), cut(index_ + 1)};
}

bool TeamMember::barrier(bool vote) {
  return count_ > 1 ? team_->barrier(index_, count_, vote) : vote;
}

ThreadTeam::ThreadTeam(int threads, Policy policy)
    : size_(std::clamp(threads, 1, kMostThreads)),
      policy_(policy),
      active_(size_),
      cores_(static_cast<size_t>(size_)),
      delays_(static_cast<size_t>(size_)) {
  for (int index = 1; index < size_; ++index) workers_.emplace_back([this, index] { work(index); });
}

ThreadTeam::~ThreadTeam() {
  stopping_.store(true, std::memory_order_relaxed);
  job_number_.fetch_add(kJobStep, std::memory_order_release);
  job_number_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

// True when the value has changed, false when kSpin_us have passed.
bool ThreadTeam::spin_while_equal(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kPausesPerClockRead = 64;
  const auto start = Clock::now();
  do {
    for (int i = 0; i < kPausesPerClockRead; ++i) {
      if (value.load(std::memory_order_acquire) != old) return true;
      pause_cpu();
    }
  } while (Clock::now() - start < std::chrono::microseconds(kSpin_us));
  return false;
}

void ThreadTeam::run_job() {
  const auto start = Clock::now();
  if (prepared_caller_ != std::this_thread::get_id()) {
    prepare_this_thread(policy_ == Policy::kIdle);
    prepared_caller_ = std::this_thread::get_id();
    delays_[0] = RunDelay::of_this_thread();
  }
  choose_members(start);
  if (active_ > 1) {
    cores_[0].store(::sched_getcpu(), std::memory_order_relaxed);
    count_waiting();  // what was before is not this job's
    const uint32_t number = job_number_.load(std::memory_order_relaxed) / kJobStep + 1;
    job_number_.store(number * kJobStep + static_cast<uint32_t>(active_), std::memory_order_release);
    job_number_.notify_all();
  }
  call_(job_, TeamMember(*this, 0, active_));
  if (active_ > 1) {
    barrier(0, active_);  // the job's captures live on the caller's stack
    note_stalls(start);
  }
}

// After a retreat, one member more is tried; if that goes well for long, the next retreat is a short one again.
void ThreadTeam::choose_members(Clock::time_point now) {
  Contention& c = contention_;
  if (now < c.retreat_end) return;
  if (active_ < size_) {
    ++active_;
    c.excess = Contention::kTolerated / 2;  // a trial ends sooner than a new suspicion
    c.last_change = now;
    c.retreat_end = now + (active_ < size_ ? c.retreat : Clock::duration{0});
  } else if (now - c.last_change > Contention::kLongestRetreat) {
    c.retreat = Contention::kFirstRetreat;
  }
}

void ThreadTeam::note_stalls(Clock::time_point start) {
  Contention& c = contention_;
  const auto now = Clock::now();
  // Members that only slept for others with more to do, or that read a file, are no sign of contention: the kernel's
  // account of waiting for cores is.
  const Clock::duration waited =
      stalled_.exchange(false, std::memory_order_relaxed) ? count_waiting() : Clock::duration{0};
  c.excess = std::max(Clock::duration{0}, c.excess + std::min(waited, now - start) - (now - start) / 4);
  if (c.excess <= Contention::kTolerated) return;
  --active_;
  c.excess = Clock::duration{0};
  c.retreat_end = now + c.retreat;
  c.last_change = now;
  c.retreat = std::min(2 * c.retreat, Contention::kLongestRetreat);
}

// How long the members have waited for cores since the last call; 0 before all have started. Takes a microsecond per
// member.
ThreadTeam::Clock::duration ThreadTeam::count_waiting() {
  if (started_workers_.load(std::memory_order_acquire) < size_ - 1) return Clock::duration{0};
  Clock::duration total{0};
  for (int index = 0; index < active_; ++index)
    total += delays_[static_cast<size_t>(index)].total().value_or(std::chrono::nanoseconds{0});
  const Clock::duration news = total - contention_.waited;
  contention_.waited = total;
  return std::max(news, Clock::duration{0});
}

void ThreadTeam::work(int index) {
  prepare_this_thread(policy_ == Policy::kIdle);
  delays_[static_cast<size_t>(index)] = RunDelay::of_this_thread();
  started_workers_.fetch_add(1, std::memory_order_release);
  uint32_t seen = 0;
  while (true) {
    if (!spin_while_equal(job_number_, seen)) job_number_.wait(seen, std::memory_order_acquire);
    // Jobs without this member may be missed; one with it cannot be over before this member has done its part.
    seen = job_number_.load(std::memory_order_acquire);
    if (stopping_.load(std::memory_order_relaxed)) return;
    const auto members = static_cast<int>(seen % kJobStep);
    if (index >= members) continue;
    take_own_core(index, members);
    call_(job_, TeamMember(*this, index, members));
    barrier(index, members);
  }
}

// For a member that has just begun or slept. The kernel may start and wake a thread beside the one that did so, and let
// both wait for each other for 50 ms while a core is free.
void ThreadTeam::take_own_core(int index, int members) {
  const int core = ::sched_getcpu();
  cores_[static_cast<size_t>(index)].store(core, std::memory_order_relaxed);
  cpu_set_t taken;
  CPU_ZERO(&taken);
  for (int member = 0; member < members; ++member) {
    if (member != index) CPU_SET(cores_[static_cast<size_t>(member)].load(std::memory_order_relaxed), &taken);
  }
  cpu_set_t allowed;
  if (!CPU_ISSET(core, &taken) || ::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t left;
  CPU_AND(&left, &allowed, &taken);
  CPU_XOR(&left, &left, &allowed);
  // The first call moves this thread at once; after the second the kernel may move it again.
  if (CPU_COUNT(&left) == 0 || ::sched_setaffinity(0, sizeof left, &left) != 0) return;
  ::sched_setaffinity(0, sizeof allowed, &allowed);
  cores_[static_cast<size_t>(index)].store(::sched_getcpu(), std::memory_order_relaxed);
}

bool ThreadTeam::barrier(int index, int members, bool vote) {
  // The last to arrive opens the gate by advancing the number; its own load of it must come before it is counted.
  const uint32_t number = barrier_number_.load(std::memory_order_relaxed);
  const uint32_t mine = vote ? 1 + kVote : 1;
  const uint32_t arrived = arrived_.fetch_add(mine, std::memory_order_acq_rel) + mine;
  if (arrived % kVote == static_cast<uint32_t>(members)) {
    const bool result = arrived >= kVote;
    arrived_.store(0, std::memory_order_relaxed);
    barrier_number_.store((number & ~1U) + kBarrierStep + (result ? 1 : 0), std::memory_order_release);
    barrier_number_.notify_all();
    return result;
  }
  if (!spin_while_equal(barrier_number_, number)) {
    stalled_.store(true, std::memory_order_relaxed);
    barrier_number_.wait(number, std::memory_order_acquire);
    take_own_core(index, members);
  }
  // Nobody can pass the next barrier, which changes the number again, before this member has arrived there.
  return barrier_number_.load(std::memory_order_relaxed) % kBarrierStep == 1;
}

int usable_physical_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  std::set<std::pair<int, int>> cores;  // (package, core): hyper-threads of one core count once
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    const int core = read_topology(cpu, "core_id");
    cores.emplace(read_topology(cpu, "physical_package_id"), core < 0 ? cpu : core);
  }
  return std::max(1, std::min(static_cast<int>(cores.size()), quota_cores()));
}

}  // namespace favilla
