"""Reads the weights of a PyTorch checkpoint without PyTorch.

The format is the one before PyTorch 1.6: five pickles (a magic number, the protocol, facts about
the machine, the tensors as views of storages, the storages' keys), then for each key a count and
the elements. The pickles come from elsewhere, so nothing but what such a file needs is let in.
"""

import collections
import io
import pickle
import struct
from typing import NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class View(NamedTuple):
    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _view(storage: str, offset: int, shape: tuple, strides: tuple, *_: object) -> View:
    return View(storage, offset, shape, strides)


ADMITTED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _view,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, dtypes: dict[str, np.dtype]):
        super().__init__(file)
        self._dtypes = dtypes

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in ADMITTED:
            raise pickle.UnpicklingError(f"a checkpoint with {module}.{name} in it is not read")
        return ADMITTED[module, name]

    def persistent_load(self, pid: tuple) -> str:
        _, dtype, key, *_ = pid
        self._dtypes[key] = dtype
        return key


def load(checkpoint: bytes) -> dict[str, np.ndarray]:
    """Every tensor of the checkpoint by its name."""
    file = io.BytesIO(checkpoint)
    dtypes: dict[str, np.dtype] = {}

    def unpickle() -> object:  # an unpickler reads one pickle and stops behind it
        return _Unpickler(file, dtypes).load()

    if (magic := unpickle(), protocol := unpickle()) != (MAGIC, PROTOCOL):
        raise ValueError(f"not a PyTorch checkpoint of before 1.6: {magic!r}, {protocol!r}")
    _machine, views, keys = unpickle(), unpickle(), unpickle()
    storages = {key: _storage(file, dtypes[key]) for key in keys}
    return {name: _tensor(view, storages[view.storage]) for name, view in views.items()}


def _storage(file: io.BytesIO, dtype: np.dtype) -> np.ndarray:
    (count,) = struct.unpack("<q", file.read(8))
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)


def _tensor(view: View, storage: np.ndarray) -> np.ndarray:
    step = storage.itemsize
    strides = [stride * step for stride in view.strides]
    # This constructor checks that the view stays inside of its storage; as_strided does not.
    strided = np.ndarray(view.shape, storage.dtype, storage, view.offset * step, strides)
    return np.array(strided, order="C")
