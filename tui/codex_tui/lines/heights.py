"""How high each item of a long list is, and where a line falls: every question in O(log n)."""

from __future__ import annotations

from itertools import accumulate


class _Sums:
    """Prefix sums that can change: a Fenwick tree. Takes over the list it is given."""

    __slots__ = ("_tree", "total", "values")

    def __init__(self, values: list[int]) -> None:
        sums = [0, *accumulate(values)]
        self.values = values
        self.total = sums[-1]
        self._tree = [total - sums[node - (node & -node)] for node, total in enumerate(sums)]

    def append(self, value: int) -> None:
        self.values.append(value)
        self.total += value
        node = len(self.values)
        first = node - (node & -node)
        self._tree.append(self.before(node - 1) - self.before(first) + value)

    def set(self, index: int, value: int) -> None:
        change = value - self.values[index]
        if not change:
            return
        self.values[index] = value
        self.total += change
        node = index + 1
        while node < len(self._tree):
            self._tree[node] += change
            node += node & -node

    def before(self, index: int) -> int:
        """The sum of the first `index` values."""
        total = 0
        while index:
            total += self._tree[index]
            index -= index & -index
        return total

    def find(self, position: int) -> int:
        """The number of leading values whose sum is at most `position`."""
        node = 0
        step = 1 << (len(self._tree) - 1).bit_length()
        while step:
            following = node + step
            if following < len(self._tree) and self._tree[following] <= position:
                node = following
                position -= self._tree[following]
            step >>= 1
        return node


class Heights:
    """Heights of items that are numbered without gaps; the list grows at both ends, so numbers may be negative and
    an item keeps its number for good."""

    __slots__ = ("_earlier", "_later")

    def __init__(self, later: list[int] | None = None, earlier: list[int] | None = None) -> None:
        """Begin with the items 0, 1, 2, … and -1, -2, -3, … of these heights."""
        self._later = _Sums(later or [])
        self._earlier = _Sums(earlier or [])

    @property
    def first(self) -> int:
        return -len(self._earlier.values)

    @property
    def end(self) -> int:
        """One more than the last item."""
        return len(self._later.values)

    @property
    def total(self) -> int:
        return self._earlier.total + self._later.total

    def __len__(self) -> int:
        return self.end - self.first

    def __getitem__(self, index: int) -> int:
        return self._later.values[index] if index >= 0 else self._earlier.values[-index - 1]

    def __setitem__(self, index: int, height: int) -> None:
        if index >= 0:
            self._later.set(index, height)
        else:
            self._earlier.set(-index - 1, height)

    def append(self, height: int) -> int:
        """Add an item at the end; returns its number."""
        self._later.append(height)
        return self.end - 1

    def prepend(self, height: int) -> int:
        """Add an item at the beginning; returns its number."""
        self._earlier.append(height)
        return self.first

    def top(self, index: int) -> int:
        """The line on which the item `index` begins."""
        if index >= 0:
            return self._earlier.total + self._later.before(index)
        return self._earlier.total - self._earlier.before(-index)

    def find(self, line: int) -> tuple[int, int]:
        """The item that holds `line`, and the line's offset inside it; the nearest one for lines outside."""
        if not len(self):
            return (0, 0)
        line = max(0, min(line, self.total - 1))
        if line >= self._earlier.total:
            index = min(self._later.find(line - self._earlier.total), self.end - 1)
        else:
            # Counted from the middle outward: the item is the last one that begins at or above the line.
            index = -self._earlier.find(self._earlier.total - line - 1) - 1
        return (index, line - self.top(index))
