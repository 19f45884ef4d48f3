"""The venture of the contract between the parts: every section filled in."""

EXAMPLE = """
name: brand-sentiment
language: en                # of the plan document: en or zh
currency: USD
start: 2026-12              # the first month
months: 24                  # 1 to 120
capital: 400000             # cash at the start, > 0
discount: 0.15..0.30        # a year
seed: 0
draws: 10000

about:
  releases: []
  plans: []

unit:
  machine: cpu-2            # a row of the price table; gives `hour` where that is left out
  hour: 0.08..0.20          # money per machine hour
  answers_per_second: 150..400
  tokens_per_answer: 30..60
  utilisation: 0.15..0.40   # share of paid time in which answers are computed
  error_rate: 0.08..0.14
  other_cost: 0.00002       # per answer: payment fees, support
  peak: {answers_per_second: 20, wait_seconds: 0.2, share: 0.95}   # for capacity

market:
  population: 20000..60000  # S: companies that could buy
  share: 0.01..0.06         # k
  innovation: null          # Bass p a month; null: from `analogy`
  imitation: null           # Bass q
  analogy: business-software
  segments:
    - {name: shops, count: 8000..12000, share: 0.02..0.05, answers: 20000..40000}

customers:
  now: 5                    # measured from the ledger
  answers: 15000..60000     # a month each; measured
  churn: 0.02..0.06         # a month; measured
  acquisition_cost: 150..400
  growth: null              # a month; used instead of Bass where given
  pays_after: 1             # months between answer and money
  support_cost: 0           # per customer a month

price:
  now: 0.0008               # per answer; measured from today's plan where about.plans names one
  demand: isoelastic        # or linear, logit, inverse
  elasticity: 1.3..2.6      # at today's price, positive number
  low: 0.0003               # bounds of the search; plain numbers
  high: 0.003
  survey: null              # a CSV, see `plan price --help`

spending:                   # what money is put to; `monthly` is today's
  compute:    {monthly: 400}
  talent:     {monthly: 12000, hire: 6000}          # in whole hires of 6,000 a month
  research:   {monthly: 3000, gives: {curve: log, a: 4000..12000, b: 6000}, carry: 0.6, lag: 2}
  data:       {monthly: 800, gives: {curve: power, a: 40, r: 0.4..0.6}, carry: 0.8, lag: 1}
  marketing:  {monthly: 2500, gives: {curve: saturating, a: 9000, k: 0.0002}, carry: 0.3}

costs:                      # paid whatever is decided
  - {name: rent and accounts, monthly: 1800, from: 1, to: null, growth: 0}
income:                     # besides answers
  - {name: setup projects, monthly: 0..4000, chance: 0.3, from: 1}

limits: {least_cash: 40000, hiring_lag: 2, most_share: {marketing: 0.5}}

rounds:
  - {name: seed, month: 9, amount: 800000..1500000, chance: 0.35, kind: priced, pre_money: 6000000}
cap_table:
  holders: {Ada: 5000000, Bo: 4000000}
  pool: 1000000
  safes: [{name: angel, amount: 200000, cap: 4000000, kind: post-money}]

factors: {allocation: null, insight: null, innovation: null, earning: null}
value: {error_cost: 0.02..0.2}
risks:
  - name: a bigger vendor gives it away
    kind: competition
    chance: 0.1..0.3
    cost: 50000..200000
    watches: Ada
    sign: "price lists, monthly"
correlations:
  - {between: [market.share, price.elasticity], rank: -0.3}
"""
