// Teams of threads: every item once, barriers that hold, votes, and work beside busy processes.
#include "base/thread_team.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

namespace favilla {
namespace {

// One job of two phases over 1,000 items; counts what goes wrong.
class Items {
 public:
  void run_once(ThreadTeam& team) {
    team.run([&](TeamMember member) {
      const Range share = member.share(1000, 16);
      for (int64_t i = share.begin; i < share.end; ++i) ++touched_[static_cast<size_t>(i)];
      member.barrier();
      if (std::accumulate(touched_.begin(), touched_.end(), 0) != 1000 * (rounds_ + 1)) ++wrong_;
      member.barrier();
    });
    ++rounds_;
  }
  int wrong() const { return wrong_; }

 private:
  std::vector<int> touched_ = std::vector<int>(1000);
  std::atomic<int> wrong_{0};
  int rounds_ = 0;
};

TEST(ThreadTeam, SharesEveryItemOnceAndMeetsAtBarriers) {
  for (int threads = 1; threads <= 5; ++threads) {
    ThreadTeam team(threads);
    Items items;
    for (int round = 0; round < 200; ++round) items.run_once(team);
    EXPECT_EQ(items.wrong(), 0) << threads;
  }
}

TEST(ThreadTeam, AVoteOfAnyMemberReachesAllAtThatBarrierOnly) {
  ThreadTeam team(3);
  std::atomic<int> wrong{0};
  for (int round = 0; round < 300; ++round) {
    team.run([&](TeamMember member) {
      if (member.barrier()) ++wrong;
      if (!member.barrier(round % 3 == member.index() % member.count()) && round % 3 < member.count()) ++wrong;
      if (member.barrier(false)) ++wrong;
      if (!member.barrier(true)) ++wrong;
    });
  }
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadTeam, BesideBusyThreadsItWorksOnWithFewerMembersAndLosesNothing) {
  std::atomic<bool> stop{false};
  std::vector<std::jthread> busy;
  for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i) {
    busy.emplace_back([&] {
      while (!stop) {
      }
    });
  }
  ThreadTeam team(4);
  Items items;
  int fewest = team.size();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (std::chrono::steady_clock::now() < end) {
    items.run_once(team);
    team.run([&](TeamMember member) {
      if (member.is_first()) fewest = std::min(fewest, member.count());
    });
  }
  stop = true;
  EXPECT_EQ(items.wrong(), 0);
  EXPECT_LT(fewest, team.size()) << "it never gave way";
}

// Forces the calling thread beside another one; the kernel may keep it there.
void move_to_core(int core) {
  cpu_set_t allowed;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  ASSERT_EQ(::sched_setaffinity(0, sizeof allowed, &allowed), 0);
}

TEST(ThreadTeam, AMemberThatWokeBesideAnotherTakesACoreOfItsOwn) {
  if (usable_physical_cores() < 2) return;  // there is none to take
  ThreadTeam team(2);
  int kept_apart = 0;
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> callers_core{-1};
    team.run([&](TeamMember member) {
      if (member.is_first()) callers_core = ::sched_getcpu();
      member.barrier();
      if (!member.is_first()) move_to_core(callers_core);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // longer than it spins
    std::array<int, 2> cores{-1, -1};
    team.run([&](TeamMember member) { cores[static_cast<size_t>(member.index())] = ::sched_getcpu(); });
    kept_apart += cores[0] != cores[1];
  }
  EXPECT_GE(kept_apart, 18);  // the caller may be moved meanwhile
}

TEST(ThreadTeam, AnotherThreadMayCallItNext) {
  ThreadTeam team(2);
  Items items;
  for (int i = 0; i < 5; ++i) std::jthread([&] { items.run_once(team); }).join();
  items.run_once(team);
  EXPECT_EQ(items.wrong(), 0);
}

TEST(ThreadTeam, AnIdleTeamDoesTheSame) {
  std::jthread([] {  // a thread of its own, since it stays idle
    ThreadTeam team(2, ThreadTeam::Policy::kIdle);
    Items items;
    for (int round = 0; round < 20; ++round) items.run_once(team);
    EXPECT_EQ(items.wrong(), 0);
  })
      .join();
}

}  // namespace
}  // namespace favilla
