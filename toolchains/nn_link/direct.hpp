// What a guest that is linked with WASI-NN can say and ask beside the interface itself.
#pragma once

extern "C" {
/// Models that load_by_name finds, to an entry without a name.
struct tenon_nn_model {
  const char* name;
  const unsigned char *begin, *end;
};
extern const tenon_nn_model tenon_nn_models[];

/// What was wrong with the last call that did not succeed.
const char* tenon_nn_last_error();
}
