"""How to split the money: the best split by period, what holds it back, what another would lose.

`section.section(plan)` tells the plan document; `study.study` computes; `told.section` puts it in
words. `exact` splits one period to the last bit; `solve` several periods, with `interior` beneath.
"""
