// What a training tells those who watch it: the dashboard, the journal, programs of one's own.
#pragma once

#include <span>
#include <string_view>

#include "../core/shape.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

struct measurement {
  std::string_view name;
  double value = 0;
};

/// Where a training is, after a batch.
struct progress {
  bool training = true;    ///< else it validates
  bool past = false;       ///< told again from the journal of a run that goes on
  i64 epoch = 0, epochs = 0;      ///< from 1
  i64 batch = 0;                  ///< of this epoch's training or validation, from 1
  i64 training_batches = 0, validation_batches = 0;  ///< of an epoch
  i64 step = 0, steps = 0;        ///< the optimiser's, in the whole run
  double rate = 0;                ///< the learning rate of this step
  std::span<const measurement> now{};   ///< of this batch
  std::span<const measurement> mean{};  ///< of all batches since the training or validation of this epoch began
  std::span<const measurement> trained{};  ///< while it validates: the means of this epoch's training

  i64 batches() const { return training ? training_batches : validation_batches; }
  bool epoch_ends() const { return !training && batch == validation_batches; }
};

class observer {
 public:
  /// After each batch; what it looks at is gone when it returns.
  virtual void report(const progress& p) = 0;
  /// No more is to come: the training is done, was stopped or failed.
  virtual void end() {}

 protected:
  ~observer() = default;
};

}  // namespace tenon::train
TENON_COLD_END
