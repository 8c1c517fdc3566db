// The team's two waits, at a barrier and for the next job, are the same: spin briefly, then sleep.
#include "base/thread_team.h"

#include <sched.h>

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

void make_idle() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);  // where a sandbox forbids it, the work is done all the same
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
  return count_ > 1 ? team_->barrier(vote) : vote;
}

ThreadTeam::ThreadTeam(int threads, Policy policy) : size_(std::max(1, threads)), policy_(policy) {
  for (int index = 1; index < size_; ++index) workers_.emplace_back([this, index] { work(index); });
}

ThreadTeam::~ThreadTeam() {
  stopping_.store(true, std::memory_order_relaxed);
  job_number_.fetch_add(1, std::memory_order_release);
  job_number_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadTeam::wait_while_equal(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kPausesPerClockRead = 64;
  const auto start = std::chrono::steady_clock::now();
  do {
    for (int i = 0; i < kPausesPerClockRead; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause_cpu();
    }
  } while (std::chrono::steady_clock::now() - start < std::chrono::microseconds(kSpin_us));
  value.wait(old, std::memory_order_acquire);
}

void ThreadTeam::run_job() {
  if (policy_ == Policy::kIdle) make_idle();
  if (size_ > 1) {
    job_number_.fetch_add(1, std::memory_order_release);
    job_number_.notify_all();
  }
  call_(job_, TeamMember(*this, 0, size_));
  if (size_ > 1) barrier(false);  // the job's captures live on the caller's stack
}

void ThreadTeam::work(int index) {
  if (policy_ == Policy::kIdle) make_idle();
  uint32_t seen = 0;
  while (true) {
    wait_while_equal(job_number_, seen);
    ++seen;
    if (stopping_.load(std::memory_order_relaxed)) return;
    call_(job_, TeamMember(*this, index, size_));
    barrier(false);
  }
}

bool ThreadTeam::barrier(bool vote) {
  // The last to arrive opens the gate by advancing the number; its own load of it must come before it is counted.
  const uint32_t number = barrier_number_.load(std::memory_order_relaxed);
  const uint32_t mine = vote ? 1 + kVote : 1;
  const uint32_t arrived = arrived_.fetch_add(mine, std::memory_order_acq_rel) + mine;
  if (arrived % kVote == static_cast<uint32_t>(size_)) {
    const bool result = arrived >= kVote;
    arrived_.store(0, std::memory_order_relaxed);
    barrier_number_.store((number & ~1U) + kBarrierStep + (result ? 1 : 0), std::memory_order_release);
    barrier_number_.notify_all();
    return result;
  }
  wait_while_equal(barrier_number_, number);
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
