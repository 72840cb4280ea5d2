#include "walk.hpp"

namespace reference {

bool step(shape& index, const shape& dims) {
  for (int axis = dims.rank(); axis-- > 0; index[axis] = 0)
    if (++index[axis] < dims[axis]) return true;
  return false;
}

i64 offset(const shape& index, const shape& strides) {
  i64 at = 0;
  for (int i = 0; i < index.rank(); ++i) at += index[i] * strides[i];
  return at;
}

}  // namespace reference
