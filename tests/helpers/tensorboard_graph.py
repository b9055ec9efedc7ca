"""Finds what TensorBoard's *Graphs* draws in its main row, by the rules of TensorBoard.

They are in tensorboard/plugins/graph/tf_graph_common/render.ts, and docs/notes/tensorboard.md says
them in words.
"""

from __future__ import annotations

import collections
import re

FEWEST_NODES = 15
MOST_EDGES = 4


class Row:
    """The top level of a graph.

    Attributes:
      main: the boxes and ops of the main graph, inputs first.
      beside: the boxes and ops beside it, sorted.
      edges: the pairs (from, to) of the main graph.
      loose: ops of the main graph that lie in no box, by name.
    """

    def __init__(self, graph_def):
        ops = {node.name: node for node in graph_def.node if not _is_embedded(node)}
        self._roots = {name: ops[name].op for name in ops if "/" not in name}
        self._nodes = dict.fromkeys(_top(name) for name in ops)
        self._regular, self._control = set(), set()
        for node in ops.values():
            for source in node.input:
                name = re.sub(r":\d+$", "", source.lstrip("^"))
                if name in ops and _top(name) != _top(node.name):
                    edges = self._control if source.startswith("^") else self._regular
                    edges.add((_top(name), _top(node.name)))
        self._control -= self._regular
        self._annotated = collections.defaultdict(set)
        self.beside = []
        self._take_out()
        self.main = self._sorted()
        self.edges = self._regular | self._control
        boxes = {_top(name) for name in ops if "/" in name}
        self.loose = {name: self._roots[name] for name in self.main if name not in boxes}

    def _take_out(self):
        for name in [name for name in self._nodes if self._roots.get(name) == "NoOp"]:
            self._extract(name)
        if len(self._nodes) >= FEWEST_NODES:
            for side, spread in ((1, 1), (0, 4)):
                degrees = {n: self._degree(n, side) for n in self._nodes}
                bound = _bound(sorted(degrees.values()), spread)
                for name in [n for n in degrees if degrees[n] > bound]:
                    self._extract(name)
        for name in list(self._nodes):
            alone = not any(name in edge for edge in self._regular | self._control)
            if alone and len(self._annotated[name]) == 1:
                self._extract(name)

    def _degree(self, name, side):
        regular = sum(edge[side] == name for edge in self._regular)
        return regular or sum(edge[side] == name for edge in self._control)

    def _extract(self, name):
        del self._nodes[name]
        self.beside = sorted([*self.beside, name])
        for edges in (self._regular, self._control):
            for source, target in [edge for edge in edges if name in edge]:
                edges.discard((source, target))
                self._annotated[source].add("out")
                self._annotated[target].add("in")

    def _sorted(self):
        order, left = [], list(self._nodes)
        edges = self._regular | self._control
        while left:
            ready = [n for n in left if not any(t == n and s in left for s, t in edges)]
            assert ready, f"a circle among {left}"
            order += ready
            left = [n for n in left if n not in ready]
        return order


def _top(name):
    return name.split("/")[0]


def _is_embedded(node):
    """Returns whether an op is drawn as a mark on the op that it belongs to."""
    return node.op == "Const" or re.fullmatch(r"[a-zA-Z]+Summary", node.op)


def _bound(degrees, spread):
    lower, upper = (degrees[min(round(len(degrees) * q), len(degrees) - 1)] for q in (0.25, 0.75))
    return max(upper + (upper - lower) * spread, MOST_EDGES)
