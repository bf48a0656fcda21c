"""Paths between two points of the plane: the straight line, and the geodesic of the decoder.

The length of a curve is that of its decoded mean images, in the Euclidean distance of their pixels:
the metric that the decoder pulls back to the plane. The geodesic, the shortest curve, stays where
digits are alike. A shortest path in a graph over decoded images is its first approximation; a few
steps of descent on the energy then smooth it.

Source: Arvanitidis, Hansen & Hauberg 2018, arXiv:1710.11379, and Chen et al. 2018,
arXiv:1711.01204 (the geometry); Chen et al. 2019, arXiv:1812.08284 (a graph).
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from torch import Tensor

from vae.codec import decode
from vae.config import PIXELS
from vae.latent.extent import Extent, crossings, lines
from vae.model import VAE

Floats: TypeAlias = NDArray[np.float32]
Number = TypeVar("Number", bound=np.generic)
Edges: TypeAlias = tuple[NDArray[np.intp], NDArray[np.intp], Floats]

FINE = 513  # places at which a curve is measured: twice as many add less than 0.5 %
KNOTS = 33  # of the curve that is smoothed, straight between them
CHORDS = 4  # from each knot to the next that its energy adds up: fewer would cut across ridges
STEPS = 15  # of descent: twice as many gain 0.1 % more
FLAT = 1e-3  # of a step's length on the plane counts too: where nothing changes, go straight
BAND = 8  # rows of images at a time
SIZE = 128  # images along each side, of a graph

# Half of the 16 neighbours, as (rows up, columns right); the others are these backwards. Knight's
# moves keep a path that lies between two of the eight directions from being 8 % too long.
MOVES = ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))


class LatentPath(NamedTuple):
    """A curve on the plane, as points along it."""

    places: Tensor  # (K, 2) on the CPU, its ends included
    length: float  # of the whole curve in the space of images, pixels in 0..1


class Terrain:
    """A graph over a grid of images, its edges weighted by the distance of the images."""

    def __init__(self, x: Floats, y: Floats, images: NDArray[np.uint8]) -> None:
        """Args: x (W,) and y (H,) increasing grid lines; images (H, W, pixels)."""
        self.x, self.y = x, y
        parts = zip(*_edges(images), strict=True)
        starts, ends, lengths = (np.concatenate(part) for part in parts)
        rows, columns = np.divmod(np.stack([starts, ends]), len(x))
        lengths += (
            np.float32(FLAT) * np.hypot(np.diff(x[columns], axis=0), np.diff(y[rows], axis=0))[0]
        )
        both = np.concatenate([starts, ends]), np.concatenate([ends, starts])
        count = len(x) * len(y)
        self._graph = csr_array((np.tile(lengths, 2), both), shape=(count, count))

    @classmethod
    def of(cls, model: VAE, extent: Extent, size: int = SIZE) -> "Terrain":
        """The terrain of a decoder: its images on a grid that is closest where the prior is."""
        x, y = lines(extent, size)
        return cls(x, y, decode(model, crossings(x, y)).numpy().reshape(size, size, PIXELS))

    def shortest(self, a: ArrayLike, b: ArrayLike) -> Floats:
        """The shortest path through the nodes, by Dijkstra's algorithm.

        Args:
            a: (2,) where it starts, in the stead of the node nearest to it.
            b: (2,) where it ends, likewise.

        Returns:
            (K, 2), from a to b.
        """
        a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
        start, node = self._nearest(a), self._nearest(b)
        before = dijkstra(self._graph, indices=start, return_predecessors=True)[1]
        backwards = []
        while node != start:
            node = before[node]
            backwards.append(node)
        rows, columns = np.divmod(np.array(backwards[:-1][::-1], np.intp), len(self.x))
        return np.stack([a, *np.stack([self.x[columns], self.y[rows]], axis=1), b])

    def _nearest(self, place: Floats) -> int:
        """The node nearest to a place; nodes are numbered along the rows."""
        column, row = (
            int(np.searchsorted((lines[1:] + lines[:-1]) / 2, position))
            for lines, position in zip((self.x, self.y), place, strict=True)
        )
        return row * len(self.x) + column


def _edges(images: NDArray[np.uint8]) -> Iterator[Edges]:
    """Each edge once, some at a time: (K,) where it starts, where it ends, how long it is."""
    height, width, _ = images.shape
    nodes = np.arange(height * width).reshape(height, width)
    for low in range(0, height, BAND):
        # Two more rows, for the moves that leave the band upwards.
        rows = slice(low, low + BAND + 2)
        band, numbers = np.divide(images[rows], 255, dtype=np.float32), nodes[rows]
        for up, right in MOVES:
            window = max(0, min(BAND, len(band) - up)), max(0, -right), width - abs(right)
            starts, ends = _at(numbers, window), _at(numbers, window, up, right)
            yield starts.ravel(), ends.ravel(), _lengths(band, window, up, right).ravel()


def _lengths(band: Floats, window: tuple[int, int, int], up: int, right: int) -> Floats:
    """How far the images are apart at both ends of one move from each node in the window."""
    start, end = _at(band, window), _at(band, window, up, right)
    if abs(up) + abs(right) < 3:
        return _apart(start, end)
    # A chord this long cuts a bend short. In its middle it crosses an edge, half-way between two
    # nodes: the way by their mean is nearer the truth.
    column = int(right / 2)
    middle = _at(band, window, up // 2, column) + _at(band, window, up - up // 2, right - column)
    middle /= 2
    return _apart(start, middle) + _apart(middle, end)


def _at(
    rows: NDArray[Number], window: tuple[int, int, int], up: int = 0, right: int = 0
) -> NDArray[Number]:
    """The window, moved: (height, width, ...)."""
    height, first, width = window
    return rows[up : up + height, first + right : first + right + width]


def _apart(images: Floats, others: Floats) -> Floats:
    difference = images - others
    return np.sqrt(np.einsum("ijk,ijk->ij", difference, difference))


def straight(model: VAE, a: Tensor, b: Tensor, count: int) -> LatentPath:
    """The straight line on the plane.

    Args:
        a: (2,)
        b: (2,)
        count: places along it, at equal distances on the plane, the ends included.
    """
    ends = torch.stack([a, b]).float().cpu()
    return LatentPath(_along(ends, _steps(ends), count), _fine(model, ends)[1].sum().item())


def geodesic(model: VAE, terrain: Terrain, a: Tensor, b: Tensor, count: int) -> LatentPath:
    """The geodesic, the shortest curve of decoded images; approximate, never longer than straight.

    Args:
        terrain: of the model itself.
        a: (2,)
        b: (2,)
        count: places along it, at equal distances of the decoded image, the ends included.
    """
    ends = torch.stack([a, b]).float().cpu()
    around = _fine(model, torch.from_numpy(terrain.shortest(*ends.numpy())))
    smooth = _fine(model, _smoothed(model, _along(*around, KNOTS)))
    found = (_fine(model, ends), around, smooth)
    places, steps = min(found, key=lambda line: line[1].sum().item())
    flat = FLAT * _steps(places)
    return LatentPath(_along(places, steps + flat, count), steps.sum().item())


def _fine(model: VAE, line: Tensor) -> tuple[Tensor, Tensor]:
    """FINE places along a polyline, and how far each image is from the one before: (FINE - 1,)."""
    places = _along(line, _steps(line), FINE)
    with torch.no_grad():
        return places, _steps(_images(model, places)).cpu()


def _images(model: VAE, z: Tensor) -> Tensor:
    """(N, pixels) The mean images, in 0..1."""
    return model.likelihood.mean(model.logits(z.to(model.device))).flatten(1)


def _steps(rows: Tensor) -> Tensor:
    return rows.diff(dim=0).norm(dim=1)


def _along(line: Tensor, steps: Tensor, count: int) -> Tensor:
    """(count, 2) Places on a polyline (K, 2), evenly by a measure of its K - 1 steps."""
    passed = np.concatenate([[0.0], np.cumsum(steps.double().numpy())])
    wanted = np.linspace(0.0, passed[-1], count)
    axes = [np.interp(wanted, passed, axis) for axis in line.double().numpy().T]
    return torch.from_numpy(np.stack(axes, axis=1)).float()


def _smoothed(model: VAE, knots: Tensor) -> Tensor:
    """(K, 2) The same ends, with the energy of the curve, Σ |step of the image|², minimised.

    At constant speed the geodesic is the curve of least energy.
    """
    spread = _spread(len(knots) - 2)

    def moved(push: Tensor) -> Tensor:
        return torch.cat([knots[:1], knots[1:-1] + spread @ push.view(-1, 2), knots[-1:]])

    def energy(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        push = torch.from_numpy(values).float().requires_grad_()
        with torch.enable_grad():
            steps = _images(model, _divided(moved(push))).diff(dim=0)
            # Times their number: at an even pace that is the square of the length.
            total = len(steps) * steps.square().sum()
        return total.item(), torch.autograd.grad(total, push)[0].double().numpy()

    options = {"maxiter": STEPS, "maxfun": 2 * STEPS}
    still = np.zeros(2 * len(spread))
    found = minimize(energy, still, jac=True, method="L-BFGS-B", options=options)
    return moved(torch.from_numpy(found.x).float())


def _spread(count: int) -> Tensor:
    """(count, count) A preconditioner: inner knots as linear functions of the free parameters.

    Moved one by one, knots would take hundreds of steps to bend a whole curve. In these coordinates
    the energy under a constant metric has the same curvature in every direction.
    """
    springs = 2 * np.eye(count) - np.eye(count, k=1) - np.eye(count, k=-1)
    return torch.from_numpy(np.linalg.inv(np.linalg.cholesky(springs)).T).float()


def _divided(line: Tensor) -> Tensor:
    """(CHORDS · (K - 1) + 1, 2) A polyline with more places on each of its pieces."""
    part = torch.arange(CHORDS)[:, None] / CHORDS
    pieces = line[:-1, None] + part * line.diff(dim=0)[:, None]
    return torch.cat([pieces.flatten(0, 1), line[-1:]])
