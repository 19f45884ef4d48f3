"""Networks for pictures, in plain torch: EfficientNet-Lite0, and a small one to train from nothing.

Neither has batch norm. In EfficientNet-Lite0 (Tan and Le 2019) it is folded into the convolutions
when the weights are unpacked, which gives the same answers; the small network has group norm (Wu
and He 2018), which is the same in training and after it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from seedbed.backbones.network import Network
from seedbed.errors import ArchitectureUnsupported
from seedbed.home import read_json

LITE0 = (
    # repeats, kernel, stride, expansion, channels in and out
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
)
STAGES = ((1, 32), (2, 48), (2, 96))
"""Of the small network: convolutions and channels of each, the picture halved between them."""
GROUPS = 8
STRETCH = 0.1
TURN = 10.0


class Same(nn.Conv2d):
    """A convolution padded as TensorFlow pads: an odd pixel goes to the right and the bottom."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (b, out, ⌈h / stride⌉, ⌈w / stride⌉)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        pads = []
        for size in (x.shape[-1], x.shape[-2]):
            need = max(0, (math.ceil(int(size) / stride) - 1) * stride + kernel - int(size))
            pads += [need // 2, need - need // 2]
        return super().forward(functional.pad(x, pads))


class Block(nn.Module):
    """An inverted bottleneck: widen, filter each channel, narrow."""

    def __init__(self, kernel: int, stride: int, expand: int, inner: int, outer: int) -> None:
        super().__init__()
        wide = inner * expand
        self.expand = Same(inner, wide, 1) if expand != 1 else None
        self.depthwise = Same(wide, wide, kernel, stride, groups=wide)
        self.project = Same(wide, outer, 1)
        self.skips = stride == 1 and inner == outer

    def forward(self, x: Tensor) -> Tensor:
        """Return (b, outer, h', w')."""
        found = x if self.expand is None else functional.relu6(self.expand(x))
        found = self.project(functional.relu6(self.depthwise(found)))
        return cast(Tensor, found + x if self.skips else found)


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 without its classifier, batch norm folded."""

    width = 1280

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = Same(channels, 32, 3, 2)
        blocks = []
        for repeats, kernel, stride, expand, inner, outer in LITE0:
            blocks.append(Block(kernel, stride, expand, inner, outer))
            blocks += [Block(kernel, 1, expand, outer, outer) for _ in range(repeats - 1)]
        self.blocks = nn.Sequential(*blocks)
        self.top = Same(320, self.width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (b, 1280, h / 32, w / 32)."""
        return functional.relu6(self.top(self.blocks(functional.relu6(self.stem(x)))))


class Cnn(nn.Module):
    """Five convolutions, the picture halved twice between them: 160,000 weights."""

    width = STAGES[-1][1]

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inner = channels
        for i, (convolutions, outer) in enumerate(STAGES):
            layers += [nn.MaxPool2d(2)] if i else []
            for _ in range(convolutions):
                layers.append(nn.Conv2d(inner, outer, 3, padding=1, bias=False))
                layers += [nn.GroupNorm(GROUPS, outer), nn.ReLU()]
                inner = outer
        self.layers = nn.Sequential(*layers)

    @property
    def stem(self) -> nn.Conv2d:
        """The first convolution."""
        return cast(nn.Conv2d, self.layers[0])

    def forward(self, x: Tensor) -> Tensor:
        """Return (b, 96, h / 4, w / 4)."""
        return cast(Tensor, self.layers(x))


class ImageNetwork(Network):
    """A network for pictures, and the mean over the places of its map.

    Args:
        encoder: `EfficientNetLite0` or `Cnn`.
        mean: Of a pixel, 0 to 255.
        spread: What pixels are divided by once the mean is taken off.
    """

    def __init__(self, encoder: nn.Module, mean: float, spread: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.width = int(cast(Any, encoder).width)
        self.mean = mean
        self.spread = spread

    def forward(self, pixels: Tensor) -> Tensor:
        """Return features: pixels (b, c, h, w), 0 to 255 → (b, d), float32."""
        dtype = next(self.encoder.parameters()).dtype
        x = ((pixels.float() - self.mean) / self.spread).to(dtype)
        found = self.encoder(x.contiguous(memory_format=torch.channels_last))
        return cast(Tensor, found.float().mean((2, 3)))


ENCODERS: Mapping[str, type[EfficientNetLite0] | type[Cnn]] = {
    "efficientnet-lite0": EfficientNetLite0,
    "cnn": Cnn,
}


def load_network(folder: Path, channels: int, dtype: torch.dtype | None = None) -> ImageNetwork:
    """Read a base model's or a release's network, in evaluation mode.

    Raises:
        ArchitectureUnsupported: its weights are not those of its kind.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    config = read_json(folder / "config.json")
    encoder = ENCODERS[config["model_type"]](channels)
    try:
        weights = load_file(folder / "model.safetensors")
        first = next(n for n, w in encoder.named_parameters() if w is encoder.stem.weight)
        if weights[first].shape[1] != channels:
            # What a grey picture is in colour: the same value three times.
            weights[first] = weights[first].sum(1, keepdim=True)
        encoder.load_state_dict(weights)
    except (SafetensorError, RuntimeError, KeyError, OSError) as cause:
        raise ArchitectureUnsupported(
            expected=f"the weights of {config['model_type']}",
            got=str(cause).splitlines()[0],
            do="Fetch the base model again, or use another.",
            where=str(folder),
        ) from None
    network = ImageNetwork(encoder, config["mean"], config["spread"])
    return network.to(dtype or torch.float32).eval()


def moved(pixels: Tensor, draw: torch.Generator, most: float, flip: str) -> Tensor:
    """Return pictures shifted, turned and stretched at random; beyond the edge the edge goes on.

    Args:
        pixels: (b, c, h, w), 0 to 255.
        draw: Behind the random numbers.
        most: Largest shift as a share of the side; turns and stretches go with it (10° and a tenth
            at a shift of a tenth).
        flip: `horizontal` turns over every other picture, `both` every other of these again.
    """
    many = len(pixels)
    turn, high, wide, down, right = torch.rand(5, many, generator=draw) * 2 - 1
    turn = turn * math.radians(TURN) * most / STRETCH
    high, wide = 1 + high * most, 1 + wide * most
    if flip != "none":
        wide = wide * (torch.randint(0, 2, (many,), generator=draw) * 2 - 1)
    if flip == "both":
        high = high * (torch.randint(0, 2, (many,), generator=draw) * 2 - 1)
    first = torch.stack([turn.cos() * wide, -turn.sin() * high, right * 2 * most], 1)
    second = torch.stack([turn.sin() * wide, turn.cos() * high, down * 2 * most], 1)
    places = functional.affine_grid(
        torch.stack([first, second], 1), list(pixels.shape), align_corners=False
    )
    return functional.grid_sample(
        pixels.float(), places, padding_mode="border", align_corners=False
    )


def lit(pixels: Tensor, draw: torch.Generator, most: float) -> Tensor:
    """Return pictures of other light: brightness, then contrast, each times 1 - most to 1 + most.

    As in torchvision's ColorJitter: contrast is the distance from a picture's mean.

    Args:
        pixels: (b, c, h, w), 0 to 255.
        draw: Behind the random numbers.
        most: Largest change, below 1.
    """
    bright, steep = 1 + most * (torch.rand(2, len(pixels), 1, 1, 1, generator=draw) * 2 - 1)
    found = (pixels * bright).clamp(0, 255)
    mean = found.mean((1, 2, 3), keepdim=True)
    return torch.clamp(mean + (found - mean) * steep, 0, 255)
