"""The base model cannot be used: SB3xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class ModelError(SeedbedError):
    """The base model cannot be used."""

    code = "SB300"
    title = "the base model cannot be used"


class BackboneMissing(ModelError):
    """The base model is no known alias, no folder, and not to be had from a hub."""

    code = "SB301"
    title = "no such base model"


class TokenizerMissing(ModelError):
    """The base model has no tokenizer.json."""

    code = "SB302"
    title = "the base model has no tokenizer"


class UnsafeWeights(ModelError):
    """The base model's weights are pickles, which can run code when loaded."""

    code = "SB303"
    title = "the base model holds pickles"


class ArchitectureUnsupported(ModelError):
    """Weights and configuration do not make an encoder that Seedbed can tune."""

    code = "SB304"
    title = "this base model cannot be tuned"


class ChatTemplateMissing(ModelError):
    """A causal model does not say how a conversation is written for it."""

    code = "SB305"
    title = "the base model has no chat template"
