#!/usr/bin/env node
/* The broker's own JavaScript SDK, 4.x, unchanged, against the exchange. Its client has no
 * option for other hosts but takes a fetch of ours, which exchanges their names; its streams take
 * an url. */
"use strict";

const { ACTIONS, Exchange, KEYS, check, leaveOut, modules, part, run } = require("./lib/exchange");

const node = Number(process.versions.node.split(".")[0]);
if (node < 20) leaveOut(`SDK 4.x wants node 20 or later, this is ${process.versions.node}`);
const {
	Alpaca,
	NotFoundError,
	PermissionError,
	ValidationError,
	TimeFrame,
	marketData,
	timeFrame,
	TimeFrameUnit,
	trading
} = modules("sdk4");
const HOSTS = /^https:\/\/(paper-api|data)\.alpaca\.markets/;
const two = ["AAPL", "MSFT"];
let x, a;

async function refused(kind, promise, sentence) {
	try {
		await promise;
		check(false, `${sentence}: it was not refused`);
	} catch (e) {
		check(e instanceof kind, `${sentence}: ${e.name} ${e.message}`);
		return e;
	}
}

async function account() {
	check((await a.trading.validateConnection()).ok, "the connection is valid");
	const mine = await a.trading.account.getAccount();
	check(mine.status === "ACTIVE" && mine.cash === "100000", `the account: ${mine.cash}`);
	const rules = await a.trading.accountConfigurations.patchAccountConfig({
		accountConfigurations: { tradeConfirmEmail: "none" }
	});
	check(rules.tradeConfirmEmail === "none", "configurations are changed");
	check((await a.trading.clock.legacyClock()).isOpen === true, "the market is open");
	const days = await a.trading.calendar.legacyCalendar({
		start: new Date("2026-11-20"),
		end: new Date("2026-12-01")
	});
	check(days.length === 7 && days[4].close === "13:00", "the calendar of Thanksgiving");
	check(
		(await a.trading.assets.getV2Assets({ status: "active" })).length === 3,
		"three assets"
	);
	await refused(
		NotFoundError,
		a.trading.assets.getV2AssetsSymbolOrAssetId({ symbolOrAssetId: "NOPE" }),
		"an asset that is none"
	);
}

/* Trading updates and market data, as they are streamed. */
async function listen() {
	const heard = { updates: [], bars: [], quotes: [], trades: [], daily: [], errors: [] };
	const updates = a.trading.stream({ url: x.url.replace("http", "ws") + "/stream" });
	const data = a.marketData.stockStream({ url: x.url.replace("http", "ws") + "/v2/sip" });

	updates.onTradeUpdate((u) => heard.updates.push(u));
	updates.onError((e) => heard.errors.push(e));
	updates.subscribeTradeUpdates();
	data.onBar((b) => heard.bars.push(b));
	data.onQuote((q) => heard.quotes.push(q));
	data.onTrade((t) => heard.trades.push(t));
	data.onDailyBar((b) => heard.daily.push(b));
	data.onError((e) => heard.errors.push(e));
	data.subscribeForBars(["*"]);
	data.subscribeForQuotes(two);
	data.subscribeForTrades(two);
	data.subscribeForUpdatedBars(["*"]);
	data.subscribeForDailyBars(two);
	data.subscribeForStatuses(["*"]);
	data.subscribeForLulds(["*"]);
	data.subscribeForImbalances(two);
	let states = 0;
	for (const s of [updates, data]) {
		s.on("subscription", () => states++);
		s.connect();
		const is = await s.waitForAuthenticationResult(60000);
		check(is.authenticated, `authenticated: ${is.message}`);
	}
	await x.ready(() => states >= 2);
	heard.of = (id) => heard.updates.filter((u) => u.order.id === id).map((u) => u.event);
	heard.close = () => [updates, data].forEach((s) => s.disconnect());
	heard.stream = updates;
	return heard;
}

async function bracket(heard) {
	const last = await a.marketData.getLatestPrice("AAPL");
	const o = await a.trading.orders.bracket({
		symbol: "AAPL",
		qty: 10,
		side: "buy",
		timeInForce: "gtc",
		clientOrderId: "b-1",
		takeProfit: { limitPrice: (last * 1.002).toFixed(2) },
		stopLoss: { stopPrice: (last * 0.998).toFixed(2) }
	});

	check(o.legs.length === 2 && o.legs.every((l) => l.status === "held"), "two legs are held");
	check(await x.until(() => heard.of(o.id).includes("fill")), "the entry's fill is streamed");
	const p = await a.trading.positions.getOpenPosition({ symbolOrAssetId: "AAPL" });
	check(p.qty === "10" && p.side === "long", "ten shares are held");
	const legs = () =>
		Promise.all(
			o.legs.map((l) => a.trading.orders.getOrderByOrderID({ orderId: l.id }))
		);
	check(
		await x.until(async () => {
			const now = await legs();
			return (
				now.some((l) => l.status === "filled") &&
				now.some((l) => l.status === "canceled")
			);
		}),
		"one leg fills and the other is cancelled"
	);
	await refused(
		NotFoundError,
		a.trading.positions.getOpenPosition({ symbolOrAssetId: "AAPL" }),
		"the position is closed"
	);
	check(
		(await a.trading.orders.getOrderByClientOrderId({ clientOrderId: "b-1" })).id ===
			o.id,
		"found by its client's id"
	);
	const all = await a.trading.orders.getAllOrders({
		status: "all",
		nested: true,
		symbols: two
	});
	check(all.length === 1 && all[0].legs.length === 2, "one order with its legs");
	const fills = await a.trading.collectActivities({ activityTypes: ["FILL"], pageSize: 1 });
	check(fills.length >= 2, "fills are activities, a page each");
	const history = await a.trading.portfolioHistory.getAccountPortfolioHistory({
		period: "1D",
		timeframe: "5Min"
	});
	check(
		history.equity.length > 0 && history.equity.length === history.timestamp.length,
		"the portfolio's history"
	);
}

async function kinds() {
	const last = await a.marketData.getLatestPrice("MSFT");
	const far = { symbol: "MSFT", qty: 1, side: "buy", timeInForce: "gtc" };
	const low = (last * 0.8).toFixed(2),
		high = (last * 1.2).toFixed(2);
	const put = [
		await a.trading.orders.limit({ ...far, limitPrice: low }),
		await a.trading.orders.stop({ ...far, stopPrice: high }),
		await a.trading.orders.stopLimit({ ...far, stopPrice: high, limitPrice: high }),
		await a.trading.orders.trailingStop({ ...far, trailPercent: 30 }),
		await a.trading.orders.trailingStop({ ...far, trailPrice: 100 }),
		await a.trading.orders.oto({
			...far,
			limitPrice: low,
			stopLoss: { stopPrice: (last * 0.7).toFixed(2) }
		}),
		await a.trading.orders.bracket({
			...far,
			limitPrice: low,
			takeProfit: { limitPrice: high },
			stopLoss: {
				stopPrice: (last * 0.7).toFixed(2),
				limitPrice: (last * 0.6).toFixed(2)
			}
		})
	];
	check(
		put.every((o) => o.id && o.status),
		"each builder's order is taken"
	);
	check((await a.trading.orders.deleteAllOrders()).length >= put.length, "all are cancelled");
	check(
		await x.until(async () => (await a.trading.orders.getAllOrders()).length === 0, 50),
		"none is open"
	);
	const part = await a.trading.orders.market({ symbol: "SPY", notional: 100, side: "buy" });
	check(await x.reaches(part.id, "filled"), "a hundred dollars' worth");
}

async function orders(heard) {
	const far = { symbol: "MSFT", qty: 1, side: "buy", timeInForce: "gtc" };
	const o = await a.trading.orders.limit({ ...far, limitPrice: 100 });

	check(await x.reaches(o.id, "new"), "it rests");
	const other = await a.trading.orders.patchOrderByOrderId({
		orderId: o.id,
		patchOrderRequest: { qty: "2", limitPrice: "101" }
	});
	check(other.replaces === o.id && other.qty === "2", "replaced by another");
	check(await x.until(() => heard.of(o.id).includes("replaced"), 50), "that is streamed");
	await a.trading.orders.deleteOrderByOrderID({ orderId: other.id });
	check(await x.until(() => heard.of(other.id).includes("canceled"), 50), "and its end");
	const e = await refused(
		PermissionError,
		a.trading.orders.limit({ ...far, qty: 1000000, limitPrice: 100 }),
		"too many shares"
	);
	check(
		e.code === 40310000 && e.requestId,
		`its words: ${e.code} ${e.message} ${e.requestId}`
	);
	await refused(
		ValidationError,
		a.trading.orders.limit({ ...far, limitPrice: "100.123" }),
		"a price off the grid"
	);
	let done;
	a.trading
		.submitAndWait(
			{ type: "market", symbol: "AAPL", qty: 4, side: "buy" },
			{ stream: heard.stream, timeoutMs: 20000 }
		)
		.then(
			(f) => {
				done = f;
			},
			(w) => {
				done = w;
			}
		);
	await x.ready(
		async () =>
			(await a.trading.orders.getAllOrders({ status: "all", symbols: "AAPL" }))[0]
				.qty === "4"
	);
	check(
		(await x.until(() => done, 50)) && done.status === "filled",
		`submitAndWait: ${done}`
	);
	const part = await a.trading.positions.deleteOpenPosition({
		symbolOrAssetId: "AAPL",
		percentage: 50
	});
	check(part.qty === "2" && (await x.reaches(part.id, "filled")), "half of it is sold");
	check(
		(await a.trading.closeAllPositions({ cancelOrders: true })).length >= 1,
		"closing all"
	);
	check(
		await x.until(
			async () => (await a.trading.positions.getAllOpenPositions()).length === 0,
			50
		),
		"all are closed"
	);
}

async function data() {
	const start = new Date("2026-03-02T14:30:00Z"),
		end = new Date(x.now);
	const query = { symbols: two, start, end };
	const bars = await a.marketData.getStockBars({
		...query,
		timeframe: TimeFrame.Minute,
		limit: 7
	});

	check(
		bars.AAPL.length > 14 && bars.AAPL.length === bars.MSFT.length,
		"bars over many pages"
	);
	check(
		(
			await a.marketData.getStockBarsFor("AAPL", {
				start,
				end,
				timeframe: timeFrame(15, TimeFrameUnit.Minute)
			})
		).length > 1,
		"quarters of an hour"
	);
	for (const what of ["getStockTrades", "getStockQuotes"]) {
		const all = await a.marketData[what](
			{ ...query, limit: 500 },
			{ maxPerSymbol: 50 }
		);
		check(all.AAPL.length === 50 && all.MSFT.length === 50, `${what} of two`);
	}
	const { stocks } = a.marketData;
	for (const what of ["Bar", "Quote", "Trade"]) {
		const one = await stocks[`stockLatest${what}Single`]({ symbol: "AAPL" });
		const all = await stocks[`stockLatest${what}s`]({ symbols: "AAPL,MSFT" });
		check(one.symbol === "AAPL" && one[what.toLowerCase()], `the latest ${what}`);
		check(
			Object.keys(all[what.toLowerCase() + "s"]).length === 2,
			`the latest ${what}s`
		);
	}
	const shot = await stocks.stockSnapshotSingle({ symbol: "AAPL" });
	check(
		shot.latestTrade.p > 0 && shot.dailyBar.v > 0 && shot.prevDailyBar.v > 0,
		"a snapshot"
	);
	check(
		Object.keys(await stocks.stockSnapshots({ symbols: "AAPL,MSFT" })).length === 2,
		"two"
	);
	check(Object.keys(await stocks.stockMetaExchanges()).length > 3, "names of exchanges");
	await stocks.stockMetaConditions({ ticktype: "trade", tape: "A" });
	await a.marketData.getStockAuctions({ ...query, start: new Date("2026-02-20") });
	const acts = await a.marketData.collectCorporateActions({
		symbols: "AAPL",
		start: new Date("2026-03-01"),
		end: new Date("2026-03-31")
	});
	check(acts.forwardSplits?.length === 1, `a split: ${JSON.stringify(acts)}`);
	const raw = new marketData.StockApi(
		new marketData.Configuration({
			basePath: x.url,
			keyId: KEYS["APCA-API-KEY-ID"],
			secret: KEYS["APCA-API-SECRET-KEY"]
		})
	);
	check(
		(await raw.stockLatestTradeSingle({ symbol: "AAPL" })).trade.p > 0,
		"the bare API with its option basePath"
	);
}

async function streamed(heard) {
	await x.steps(8);
	check(heard.errors.length === 0, `no stream complains: ${heard.errors}`);
	for (const kind of ["bars", "quotes", "trades", "daily"])
		check(
			await x.until(() => heard[kind].length > 50), // they may be on their way
			`${heard[kind].length} ${kind} were streamed`
		);
	const bar = heard.bars.find((b) => b.symbol === "AAPL");
	const [same] = await a.marketData.getStockBarsFor("AAPL", {
		start: bar.timestamp,
		end: bar.timestamp,
		timeframe: TimeFrame.Minute
	});
	check(
		same.open === bar.open && same.volume === bar.volume && same.vwap === bar.vwap,
		"a streamed bar is the one of history"
	);
	const trade = heard.trades.find((t) => t.symbol === "MSFT");
	check(trade.idRaw !== undefined && trade.timestampRaw, "a trade with its number and time");
}

run(async () => {
	x = await Exchange.start("--symbols", "AAPL,MSFT,SPY", "--actions", ACTIONS);
	a = new Alpaca({
		keyId: KEYS["APCA-API-KEY-ID"],
		secret: KEYS["APCA-API-SECRET-KEY"],
		rateLimit: false,
		retry: false,
		fetchApi: (url, init) => fetch(String(url).replace(HOSTS, x.url), init)
	});
	check(trading.TRADING_PAPER_HOST.match(HOSTS), "the paper host is the default");
	await x.opened();
	await part(account);
	const heard = await listen();
	await part(bracket, heard);
	await part(kinds);
	await part(orders, heard);
	await x.steps(200);
	await part(data);
	await part(streamed, heard);
	heard.close();
	x.stop();
});
