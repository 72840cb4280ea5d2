// Graphs inside of nodes, as the operators that hold them see them: graph/ supplies both classes.
#pragma once

#include <memory>
#include <span>

#include "../core/value.hpp"

namespace tenon::inline TENON_BUILD {

/// The body of an If, a Loop or a Scan. It may read values from around its node: the importer makes them
/// inputs of that node, behind its formal ones, and nobody but graph/ knows.
class subgraph {
 public:
  virtual ~subgraph() = default;
  virtual int inputs() const = 0;  ///< formal ones
  virtual int outputs() const = 0;
  /// What the file says of output i; -1 for dimensions that it leaves open.
  virtual dtype output_type(int i) const = 0;
  virtual shape output_dims(int i) const = 0;
};

/// Runs bodies: the session.
class body_runner {
 public:
  /// Runs a body with its formal inputs, for a node with these inputs. What comes back holds until the
  /// next run of the same body.
  virtual result<std::span<const any_view>> run_body(const subgraph& body, std::span<const any_view> formal,
                                                     std::span<const any_view> node_inputs) = 0;
  /// Counts nodes that a node runs by itself; an error when they are too many.
  virtual status spend(i64 nodes) = 0;

 protected:
  ~body_runner() = default;
};

}  // namespace tenon
