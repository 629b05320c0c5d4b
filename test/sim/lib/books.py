"""gambler's books against the exchange's: the rules that must hold whatever happened."""
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

from scene import check

CENT = Decimal("0.01")


def fills_of(bot, trades):
    """Every fill of gambler's ledger, and every order, by trade."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda t: bot.ask("why", t["trade"]), trades))


def per_order(executions):
    """Broker's order id -> [shares, money], of the exchange's executions."""
    sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for e in executions:
        sums[e["order_id"]][0] += Decimal(e["qty"])
        sums[e["order_id"]][1] += Decimal(e["qty"]) * Decimal(e["price"])
    return sums


def same_fills(ledger, chains, exactly):
    """Every execution is booked once; exactly: under its own id, not summed up."""
    ours = defaultdict(lambda: [Decimal(0), Decimal(0)])
    ids = Counter()
    for chain in chains:
        bids = {o["client_order_id"]: o["id"] for o in chain["orders"]}
        bids.update({o["id"]: o["id"] for o in chain["orders"]})
        for f in chain["fills"]:
            order = bids.get(f["order"])
            if not check(order, f"the fill of {f['order']} belongs to an order that is known"):
                continue
            ours[order][0] += Decimal(f["qty"])
            ours[order][1] += Decimal(f["qty"]) * Decimal(f["price"])
            if f["execution"]:
                ids[f["execution"]] += 1
    theirs = per_order(ledger["executions"])
    names = {o["id"]: f"{o['client_order_id']} ({o['symbol']} {o['side']} {o['type']})"
             for o in ledger["orders"]}
    for order in set(ours) | set(theirs):
        a, b = ours[order], theirs[order]
        check(a[0] == b[0] and abs(a[1] - b[1]) < CENT,
              f"order {names.get(order, order)}: {a[0]} shares for {a[1]} are booked, "
              f"{b[0]} for {b[1]} were executed")
    check(all(n == 1 for n in ids.values()), "no execution is booked twice")
    if exactly:
        check(set(ids) == {e["id"] for e in ledger["executions"]},
              "the executions that are booked are the exchange's, each under its id")


def money(ledger, trades, exactly):
    """Flat: what the trades earned is what the cash has changed by."""
    check(ledger["positions"] == [], f"the exchange holds nothing: {ledger['positions']}")
    check(all(t["state"] == "closed" for t in trades), "every trade is closed: " +
          " ".join(t["trade"] for t in trades if t["state"] != "closed"))
    pnl = sum((Decimal(t["pnl"]) for t in trades if t["pnl"] is not None), Decimal(0))
    cash = Decimal(ledger["cash"]) - Decimal(ledger["start_cash"])
    check(abs(pnl - cash) < (CENT if exactly else CENT * 5),
          f"the trades' profit {pnl} is the change of cash {cash}")


def open_orders(ledger):
    return [o for o in ledger["orders"] if o["status"] not in
            ("filled", "canceled", "expired", "rejected", "replaced", "done_for_day")]


def judged(verdict, naked=5, resent=False, wash=False):
    """wash: when a kill has kept an entry from being cancelled, the broker may refuse the stop of
    another instance in that symbol, which is set when the entry is gone."""
    check(resent or verdict["duplicate_cids"] == 0, f"no order was sent twice: {verdict}")
    check(verdict["oversells"] == 0, f"nothing was sold that was not there: {verdict}")
    check(wash or verdict["wash_trades"] == 0, f"no wash trade: {verdict}")
    if naked is not None:
        check(verdict["longest_naked_seconds"] <= naked,
              f"no position was without a stop for longer than {naked} s of market time: "
              f"{verdict['longest_naked_seconds']}")


def most_within(instants, seconds):
    """Of these instants of the market's time (RFC 3339): the most that any such span holds."""
    at = sorted({datetime.fromisoformat(i[:26].rstrip("Z")) for i in instants})
    span = timedelta(seconds=seconds)
    return max((sum(a <= b <= a + span for b in at) for a in at), default=0)


def bare_for(verdict, killed):
    """Seconds that a position may be bare when the bot was killed at these instants: what was
    committed and perhaps not sent is asked for twice, two seconds apart (ASK_GAP), before it is
    sent again; and each kill in that time is another start."""
    return 5 + 2 * most_within(killed, verdict["longest_naked_seconds"])


def settled(exchange, bot, exactly=True, naked=5, resent=False, least=1, wash=False):
    """All of it, after the close, flat, gambler stopped. The trades and the ledger."""
    ledger, verdict, trades = exchange.ledger(), exchange.verdict(), bot.trades()
    check(len(ledger["executions"]) >= 2 * least and len(trades) >= least,
          f"there were trades: {len(trades)} with {len(ledger['executions'])} executions")
    check(len(trades) < 500, "the list of trades holds all of them")
    judged(verdict, naked, resent, wash)
    same_fills(ledger, fills_of(bot, trades), exactly)
    money(ledger, trades, exactly)
    check(open_orders(ledger) == [], f"no order is left behind: {open_orders(ledger)[:3]}")
    entered = [t for t in trades if t["qty"] != "0"]
    check(all(t["stop"] is not None and Decimal(t["stop"]) > 0 for t in entered),
          "every trade has its stop recorded")
    return trades, ledger
