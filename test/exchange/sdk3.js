#!/usr/bin/env node
/* The broker's own JavaScript SDK, 3.x, unchanged, against the exchange. Its addresses are set by
 * its own options. It insists on TLS for the data stream, so something that speaks TLS stands
 * before the exchange for that one, as it would for a stranger, and node is told the certificate
 * by NODE_EXTRA_CA_CERTS. */
"use strict";

const { ACTIONS, Exchange, KEYS, check, modules, part, run } = require("./lib/exchange");
const { behindTls } = require("./lib/tls");

const tls = behindTls(); /* first of all: it starts this test again with the certificate */
const Alpaca = modules("sdk3");
let x, a;

async function refused(status, promise, sentence) {
	try {
		await promise;
		check(false, `${sentence}: it was not refused`);
	} catch (e) {
		check(e.response && e.response.status === status, `${sentence}: ${e.message}`);
		return e.response && e.response.data;
	}
}

async function account() {
	const mine = await a.getAccount();
	check(mine.status === "ACTIVE" && mine.cash === "100000", `the account: ${mine.cash}`);
	const rules = await a.getAccountConfigurations();
	const changed = await a.updateAccountConfigurations({
		...rules,
		trade_confirm_email: "none"
	});
	check(changed.trade_confirm_email === "none", "configurations are changed");
	check((await a.getClock()).is_open === true, "the market is open");
	const days = await a.getCalendar({ start: "2026-11-20", end: "2026-12-01" });
	check(
		days.length === 7 && days[4].date === "2026-11-27" && days[4].close === "13:00",
		`the calendar of Thanksgiving: ${JSON.stringify(days)}`
	);
	const assets = await a.getAssets({ status: "active" });
	check(assets.length === 3, "three assets");
	check((await a.getAsset("AAPL")).symbol === "AAPL", "one of them");
	await refused(404, a.getAsset("NOPE"), "an asset that is none");
}

/* All that is streamed about orders and about the market, as it comes. */
function listen() {
	const heard = { updates: [], bars: [], quotes: [], trades: [], statuses: [], errors: [] };
	const updates = a.trade_ws,
		data = a.data_stream_v2;
	let ready = 0;

	updates.onConnect(() => {
		updates.subscribe(["trade_updates"]);
		ready++;
	});
	updates.onOrderUpdate((u) => heard.updates.push(u));
	updates.onError((e) => heard.errors.push(e));
	data.onConnect(() => {
		data.subscribeForBars(["AAPL", "MSFT"]);
		data.subscribeForQuotes(["AAPL"]);
		data.subscribeForTrades(["AAPL"]);
		data.subscribeForUpdatedBars(["*"]);
		data.subscribeForDailyBars(["AAPL"]);
		data.subscribeForStatuses(["*"]);
		data.subscribeForLulds(["*"]);
		ready++;
	});
	data.onError((e) => heard.errors.push(e));
	data.onStockBar((b) => heard.bars.push(b));
	data.onStockQuote((q) => heard.quotes.push(q));
	data.onStockTrade((t) => heard.trades.push(t));
	updates.connect();
	data.connect();
	heard.ready = () => ready === 2 && data.getSubscriptions().lulds.length === 1;
	heard.of = (id) => heard.updates.filter((u) => u.order.id === id).map((u) => u.event);
	return heard;
}

async function bracket(heard) {
	const last = await x.last("AAPL");
	const o = await a.createOrder({
		symbol: "AAPL",
		qty: 10,
		side: "buy",
		type: "market",
		time_in_force: "gtc",
		order_class: "bracket",
		client_order_id: "b-1",
		take_profit: { limit_price: (last * 1.002).toFixed(2) },
		stop_loss: { stop_price: (last * 0.998).toFixed(2) }
	});

	check(o.legs.length === 2 && o.legs.every((l) => l.status === "held"), "two legs are held");
	check(await x.until(() => heard.of(o.id).includes("fill")), "the entry's fill is streamed");
	check((await a.getPosition("AAPL")).qty === "10", "ten shares are held");
	check((await a.getPositions()).length === 1, "one position");
	const legs = () => Promise.all(o.legs.map((l) => a.getOrder(l.id)));
	const over = await x.until(async () => {
		const now = await legs();
		return (
			now.some((l) => l.status === "filled") &&
			now.some((l) => l.status === "canceled")
		);
	});
	check(over, `one leg fills and the other is cancelled: ${JSON.stringify(await legs())}`);
	await refused(404, a.getPosition("AAPL"), "the position is closed");
	check((await a.getOrderByClientId("b-1")).id === o.id, "found by its client's id");
	const all = await a.getOrders({ status: "all", nested: true, limit: 50 });
	check(all.length === 1 && all[0].legs.length === 2, "one order with its legs");
	const fills = await a.getAccountActivities({ activityTypes: "FILL" });
	check(
		fills.length >= 2 && fills.every((f) => f.activity_type === "FILL"),
		"fills are activities"
	);
	const history = await a.getPortfolioHistory({
		period: "1D",
		timeframe: "5Min",
		extended_hours: false
	});
	check(
		history.equity.length > 0 && history.equity.length === history.timestamp.length,
		"the portfolio's history"
	);
}

async function orders(heard) {
	const far = { symbol: "MSFT", qty: 1, side: "buy", type: "limit", time_in_force: "gtc" };
	const o = await a.createOrder({ ...far, limit_price: 100 });

	check(await x.reaches(o.id, "new"), "it rests");
	const other = await a.replaceOrder(o.id, { qty: "2", limit_price: "101" });
	check(other.replaces === o.id && other.qty === "2", "replaced by another");
	check(await x.until(() => heard.of(o.id).includes("replaced"), 50), "that is streamed");
	await a.cancelOrder(other.id);
	check(await x.until(() => heard.of(other.id).includes("canceled"), 50), "and its end");
	for (const price of [90, 91, 92]) await a.createOrder({ ...far, limit_price: price });
	await x.steps(2);
	check(
		(await a.getOrders({ status: "open", symbols: "MSFT", direction: "asc", limit: 2 }))
			.map((q) => q.limit_price)
			.join() === "90,91",
		"a list of two"
	);
	await a.cancelAllOrders();
	check(
		await x.until(async () => (await a.getOrders()).length === 0, 50),
		"all are cancelled"
	);
	const words = await refused(
		403,
		a.createOrder({ ...far, qty: 1000000, limit_price: 100 }),
		"too many shares"
	);
	check(words.code === 40310000 && words.buying_power, `its words: ${JSON.stringify(words)}`);
	await refused(422, a.getOrder("fake_id"), "an id that is none");
	for (const [symbol, side] of [
		["AAPL", "buy"],
		["SPY", "sell"]
	]) {
		const q = await a.createOrder({
			symbol,
			qty: 3,
			side,
			type: "market",
			time_in_force: "day"
		});
		check(
			await x.until(() => heard.of(q.id).includes("fill"), 50),
			`${side} ${symbol}`
		);
	}
	check((await a.closePosition("AAPL")).side === "sell", "one is closed");
	await x.steps(8);
	await a.closeAllPositions();
	check(
		await x.until(async () => (await a.getPositions()).length === 0, 50),
		"all are closed"
	);
}

async function collect(generator, most = 500) {
	const all = [];

	for await (const v of generator) {
		all.push(v);
		if (all.length === most) break;
	}
	return all;
}

async function data() {
	const start = "2026-03-02T14:30:00Z",
		end = x.now;
	const bars = await collect(
		a.getBarsV2("AAPL", { timeframe: "1Min", start, end, pageLimit: 7, limit: 20 })
	);

	check(
		bars.length === 20 && bars[0].ClosePrice > 0 && bars[0].Timestamp === start,
		"bars over three pages"
	);
	const both = await a.getMultiBarsV2(["AAPL", "MSFT"], {
		timeframe: a.newTimeframe(5, a.timeframeUnit.MIN),
		start,
		end
	});
	check(
		both.get("AAPL").length === both.get("MSFT").length && both.size === 2,
		"bars of two"
	);
	check(
		(await collect(a.getTradesV2("AAPL", { start, end, limit: 30 }))).length === 30,
		"trades"
	);
	check(
		(await collect(a.getQuotesV2("AAPL", { start, end, limit: 30 }))).length === 30,
		"quotes"
	);
	const two = ["AAPL", "MSFT"];
	check((await a.getLatestTrade("AAPL")).Price > 0, "the latest trade");
	check((await a.getLatestTrades(two)).size === 2, "the latest trades");
	check((await a.getLatestQuote("AAPL")).AskPrice > 0, "the latest quote");
	check((await a.getLatestQuotes(two)).size === 2, "the latest quotes");
	check((await a.getLatestBar("AAPL")).ClosePrice > 0, "the latest bar");
	check((await a.getLatestBars(two)).size === 2, "the latest bars");
	const shot = await a.getSnapshot("AAPL");
	check(
		shot.LatestTrade.Price > 0 &&
			shot.DailyBar.Volume > 0 &&
			shot.PrevDailyBar.Volume > 0,
		"a snapshot with its parts"
	);
	check((await a.getSnapshots(two)).length === 2, "two snapshots");
	const acts = await a.getCorporateActions(["AAPL"], {
		start: "2026-03-01",
		end: "2026-03-31"
	});
	check(acts.ForwardSplits?.length === 1, `a split: ${JSON.stringify(acts)}`);
}

async function streamed(heard) {
	await x.steps(8);
	check(heard.errors.length === 0, `no stream complains: ${heard.errors}`);
	for (const kind of ["bars", "quotes", "trades"])
		check(
			await x.until(() => heard[kind].length > 100), // they may be on their way
			`${heard[kind].length} ${kind} were streamed`
		);
	const bar = heard.bars.find((b) => b.Symbol === "AAPL");
	const at = bar.Timestamp instanceof Date ? bar.Timestamp.toISOString() : bar.Timestamp;
	const [same] = await collect(
		a.getBarsV2("AAPL", { timeframe: "1Min", start: at, limit: 1 })
	);
	check(
		same.OpenPrice === bar.OpenPrice && same.Volume === bar.Volume,
		"a streamed bar is the one of history"
	);
}

run(async () => {
	x = await Exchange.start("--symbols", "AAPL,MSFT,SPY", "--actions", ACTIONS);
	const secure = await tls.before(x.port);
	a = new Alpaca({
		keyId: KEYS["APCA-API-KEY-ID"],
		secretKey: KEYS["APCA-API-SECRET-KEY"],
		baseUrl: x.url,
		dataBaseUrl: x.url,
		dataStreamUrl: secure,
		feed: "sip",
		paper: true
	});
	await x.opened();
	await part(account);
	const heard = listen();
	await x.ready(heard.ready);
	await part(bracket, heard);
	await part(orders, heard);
	await x.steps(200);
	await part(data);
	await part(streamed, heard);
	a.trade_ws.disconnect();
	a.data_stream_v2.disconnect();
	x.stop();
});
