// One thread for work beside the caller's. Its owner gives it a function that returns when asked to.
#pragma once

#include <functional>
#include <thread>
#include <utility>

namespace favilla {

class WorkerThread {
 public:
  explicit WorkerThread(std::function<void()> body) : thread_(std::move(body)) {}
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;
  ~WorkerThread() { thread_.join(); }  // waits until the function has returned

 private:
  std::thread thread_;
};

}  // namespace favilla
