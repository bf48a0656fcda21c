"""The pad beside the live map; `component` mounts it, `markup` is its HTML."""
