"""The learning curve of the plan: the one that the report's forecast is made with."""

from seedbed.tune.power_law import EXPONENT, FEW, FLOOR, Curve, Point, fit

__all__ = ["EXPONENT", "FEW", "FLOOR", "Curve", "Point", "fit"]
