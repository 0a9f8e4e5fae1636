import fnmatch
import os
import shutil
from pathlib import Path


def copy(recipe, pattern, src, dst, excludes=()):
    """Conan's patterns are fnmatch's: a * goes over slashes, too."""
    for folder, _, names in os.walk(src):
        for name in names:
            path = Path(folder, name).relative_to(src)
            if not fnmatch.fnmatch(str(path), pattern) or any(fnmatch.fnmatch(str(path), each) for each in excludes):
                continue
            target = Path(dst, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(Path(src, path), target)
