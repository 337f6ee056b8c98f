"""The demo model's network in PyTorch: a GigaAM v3 conformer with a CTC head.

Names of weights are those of the official checkpoints. Shapes: B recordings, T feature frames (10 ms), S encoder
frames (40 ms, S = ceil(T / 4)), D model width, H heads, V classes.
Training examples fill their batch to the last frame, so there are no masks here; the ONNX graph has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

FEATURES = 64
KERNEL = 5
ROTARY_BASE = 5000.0


@dataclass(frozen=True)
class Shape:
    """The size of a network."""

    layers: int = 6
    width: int = 144
    heads: int = 4
    classes: int = 34
    dropout: float = 0.0


class Subsampling(nn.Module):
    """Normalises features and quarters their frames: [B, 64, T] -> [B, S, D]."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(FEATURES))
        self.register_buffer("scale", torch.ones(FEATURES))
        halves = [nn.Conv1d(size, width, KERNEL, stride=2, padding=KERNEL // 2) for size in (FEATURES, width)]
        self.conv = nn.ModuleList([halves[0], nn.ReLU(), halves[1], nn.ReLU()])

    def forward(self, features: Tensor) -> Tensor:
        x = (features - self.mean[:, None]) * self.scale[:, None]
        for layer in self.conv:
            x = layer(x)
        return x.transpose(1, 2)


class FeedForward(nn.Module):
    """Two linear layers with SiLU between."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.linear1 = nn.Linear(shape.width, 4 * shape.width)
        self.linear2 = nn.Linear(4 * shape.width, shape.width)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(functional.silu(self.linear1(x))))


class Attention(nn.Module):
    """Self-attention with the rotation before the projections, as GigaAM does it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        for name in ("linear_q", "linear_k", "linear_v", "linear_out"):
            setattr(self, name, nn.Linear(shape.width, shape.width))

    def forward(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        turned = rotate(x, turns, self.heads)
        query, key = self.by_head(self.linear_q(turned)), self.by_head(self.linear_k(turned))
        mixed = functional.scaled_dot_product_attention(query, key, self.by_head(self.linear_v(x)))
        return self.linear_out(mixed.transpose(1, 2).flatten(2))

    def by_head(self, x: Tensor) -> Tensor:
        """[B, S, D] -> [B, H, S, D / H]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Convolution(nn.Module):
    """The gated convolution module with layer norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.width
        self.pointwise_conv1 = nn.Linear(width, 2 * width)
        self.depthwise_conv = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, groups=width)
        self.batch_norm = nn.LayerNorm(width)
        self.pointwise_conv2 = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        gated = functional.glu(self.pointwise_conv1(x), dim=-1)
        return self.pointwise_conv2(functional.silu(self.batch_norm(self.over_time(gated))))

    def over_time(self, x: Tensor) -> Tensor:
        """Run the depthwise convolution as shifted products: several times faster on a CPU."""
        taps = self.depthwise_conv.weight[:, 0].T
        count = x.shape[1]
        padded = functional.pad(x, (0, 0, KERNEL // 2, KERNEL // 2))
        shifted = (padded[:, tap : tap + count] * taps[tap] for tap in range(KERNEL))
        return sum(shifted, self.depthwise_conv.bias)


class ConformerLayer(nn.Module):
    """One layer: four residual blocks and a norm."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        for name in ("feed_forward1", "self_att", "conv", "feed_forward2", "out"):
            setattr(self, f"norm_{name}", nn.LayerNorm(shape.width))
        self.feed_forward1, self.feed_forward2 = FeedForward(shape), FeedForward(shape)
        self.self_attn = Attention(shape)
        self.conv = Convolution(shape)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
        x = x + 0.5 * self.dropout(self.feed_forward1(self.norm_feed_forward1(x)))
        x = x + self.dropout(self.self_attn(self.norm_self_att(x), turns))
        x = x + self.dropout(self.conv(self.norm_conv(x)))
        x = x + 0.5 * self.dropout(self.feed_forward2(self.norm_feed_forward2(x)))
        return self.norm_out(x)


class Encoder(nn.Module):
    """Features [B, 64, T] -> encoded [B, S, D]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.head_width = shape.width // shape.heads
        self.pre_encode = Subsampling(shape.width)
        self.layers = nn.ModuleList(ConformerLayer(shape) for _ in range(shape.layers))

    def forward(self, features: Tensor) -> Tensor:
        x = self.pre_encode(features)
        turns = rotary_turns(x.shape[1], self.head_width)
        for layer in self.layers:
            x = layer(x, turns)
        return x


class Head(nn.Module):
    """Encoded [B, S, D] -> log-probabilities [B, S, V]."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.decoder_layers = nn.ModuleList([nn.Linear(shape.width, shape.classes)])

    def forward(self, encoded: Tensor) -> Tensor:
        return functional.log_softmax(self.decoder_layers[0](encoded), dim=-1)


class Recogniser(nn.Module):
    """Encoder and CTC head."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder = Encoder(shape)
        self.head = Head(shape)

    def forward(self, features: Tensor) -> Tensor:
        return self.head(self.encoder(features))


def rotary_turns(count: int, head_width: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines of each frame's angles: two of [count, 1, D / H / 2]."""
    exponents = torch.arange(0, head_width, 2, dtype=torch.float32) / head_width
    angles = torch.outer(torch.arange(count, dtype=torch.float32), ROTARY_BASE**-exponents)[:, None]
    return angles.cos(), angles.sin()


def rotate(x: Tensor, turns: tuple[Tensor, Tensor], heads: int) -> Tensor:
    """Turn each head's channel pairs by their frame's angle: [B, S, D] -> [B, S, D]."""
    cosine, sine = turns
    first, second = x.unflatten(-1, (heads, -1)).chunk(2, dim=-1)
    turned = (first * cosine - second * sine, second * cosine + first * sine)
    return torch.cat(turned, dim=-1).flatten(2)


def trained(file: Path) -> Recogniser:
    """Read a network from a phase's file, ready to use: the average of its last weights."""
    network = Recogniser(Shape())
    network.eval()
    network.load_state_dict(torch.load(file, weights_only=True)["average"])
    return network
