"""How many bytes a guest has, and that they are not more than it may have: weight.py MODULE.wasm LIMIT"""

import sys
from pathlib import Path

module, limit = Path(sys.argv[1]), int(sys.argv[2])
size = module.stat().st_size
print(f"{module.name}: {size:,} bytes, of {limit:,} at most")
sys.exit(size > limit)
