#!/usr/bin/env node
/* The official description of the trading API, held against the exchange: Prism stands between
 * this driver and it and refuses every request and every answer that the file does not allow. */
"use strict";

const { Exchange, ROOT, check, leaveOut, part, run, specification } = require("./lib/exchange");

const file = specification("trading-api");
if (!file) leaveOut("GAMBLER_SPECS names no folder with the broker's trading-api*.yaml");
const { Prism, served } = require("./lib/prism");

const UNKNOWN = "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415";
let x, p;

const dollars = (n) => n.toFixed(2);

function order(fields, want = 200) {
	return p.ask("POST", "/v2/orders", want, {
		body: {
			symbol: "AAPL",
			qty: "2",
			side: "buy",
			type: "market",
			time_in_force: "day",
			...fields
		}
	});
}

async function account() {
	await p.ask("GET", "/v2/account", 200);
	await p.ask("GET", "/v2/account/configurations", 200);
	for (const body of [
		{ suspend_trade: true },
		{ suspend_trade: false, no_shorting: false },
		{
			fractional_trading: true,
			max_margin_multiplier: "4",
			trade_confirm_email: "all"
		},
		{
			disable_overnight_trading: true,
			ptp_no_exception_entry: false,
			max_options_trading_level: 0
		}
	])
		await p.ask("PATCH", "/v2/account/configurations", 200, { body });
	await p.ask("GET", "/v2/clock", 200);
	for (const query of [
		{ start: "2026-03-01T00:00:00Z", end: "2026-04-30T00:00:00Z" },
		{
			start: "2026-11-20T00:00:00Z",
			end: "2026-12-31T00:00:00Z",
			date_type: "TRADING"
		},
		{
			start: "2026-03-01T00:00:00Z",
			end: "2026-03-09T00:00:00Z",
			date_type: "SETTLEMENT"
		}
	])
		check(
			(await p.ask("GET", "/v2/calendar", 200, { query })).body.length > 4,
			"the calendar has those days"
		);
	for (const query of [
		{},
		{ status: "active", asset_class: "us_equity" },
		{ status: "inactive" },
		{ exchange: "NASDAQ" },
		{ attributes: "has_options,ipo" },
		{ asset_class: "crypto" }
	])
		await p.ask("GET", "/v2/assets", 200, { query });
	const aapl = (await p.ask("GET", "/v2/assets/AAPL", 200)).body;
	check(
		(await p.ask("GET", "/v2/assets/" + aapl.id, 200)).body.symbol === "AAPL",
		"an asset by its id"
	);
	await p.ask("GET", "/v2/assets/NOPE", 404);
}

async function history() {
	const day = x.now.slice(0, 10);

	for (const query of [
		{},
		{ period: "1D", timeframe: "5Min" },
		{
			period: "1W",
			timeframe: "15Min",
			intraday_reporting: "extended_hours",
			pnl_reset: "per_day"
		},
		{ period: "1A", timeframe: "1D", cashflow_types: "ALL" },
		{
			start: day + "T00:00:00Z",
			timeframe: "1H",
			intraday_reporting: "continuous",
			pnl_reset: "no_reset"
		},
		{ period: "1M", end: x.now, cashflow_types: "NONE" },
		{ period: "1D", timeframe: "1Min", extended_hours: "true" }
	])
		await p.ask("GET", "/v2/account/portfolio/history", 200, { query });
	for (const query of [
		{ period: "1X" },
		{ timeframe: "2Min" },
		{ period: "1A", timeframe: "1Min" }
	])
		await p.ask("GET", "/v2/account/portfolio/history", 422, { query });
}

async function activities() {
	const first = (
		await p.ask("GET", "/v2/account/activities", 200, { query: { page_size: 1 } })
	).body;

	check(first.length === 1, "one activity a page");
	const day = x.now.slice(0, 10) + "T00:00:00Z";
	for (const query of [
		{ activity_types: "FILL,DIV" },
		{ category: "trade_activity" },
		{ category: "non_trade_activity" },
		{ order_id: first[0].order_id },
		{ date: day },
		{ after: day, until: x.now, direction: "asc" },
		{ page_token: first[0].id, page_size: 100 }
	])
		await p.ask("GET", "/v2/account/activities", 200, { query });
	for (const query of [
		{},
		{ order_id: first[0].order_id, direction: "asc" },
		{ date: day, page_size: 2 },
		{ after: day, until: x.now },
		{ page_token: first[0].id }
	])
		await p.ask("GET", "/v2/account/activities/FILL", 200, { query });
	for (const type of ["FEE", "DIV", "INT", "SPLIT", "JNLC"])
		await p.ask("GET", "/v2/account/activities/" + type, 200);
}

async function kinds(last) {
	const low = dollars(last * 0.7),
		high = dollars(last * 1.3);
	const ids = [];
	const put = async (fields) => {
		const a = await order({ symbol: "MSFT", ...fields });
		if (a.status === 200) ids.push(a.body.id);
		return a.body;
	};

	for (const tif of ["day", "gtc"]) {
		await put({ type: "limit", limit_price: low, time_in_force: tif });
		await put({
			type: "limit",
			limit_price: low,
			time_in_force: tif,
			order_class: "simple",
			extended_hours: true,
			client_order_id: "known-" + tif,
			position_intent: "buy_to_open"
		});
		await put({ type: "stop", stop_price: high, time_in_force: tif });
		await put({
			type: "stop_limit",
			stop_price: high,
			limit_price: high,
			time_in_force: tif
		});
		await put({ type: "trailing_stop", trail_price: "50", time_in_force: tif });
		await put({ type: "trailing_stop", trail_percent: "40", time_in_force: tif });
		await put({
			type: "limit",
			limit_price: low,
			time_in_force: tif,
			order_class: "bracket",
			take_profit: { limit_price: high },
			stop_loss: { stop_price: dollars(last * 0.6) }
		});
		await put({
			type: "limit",
			limit_price: low,
			time_in_force: tif,
			order_class: "oto",
			stop_loss: {
				stop_price: dollars(last * 0.6),
				limit_price: dollars(last * 0.5)
			}
		});
		await put({
			type: "limit",
			limit_price: low,
			time_in_force: tif,
			order_class: "oto",
			take_profit: { limit_price: high }
		});
	}
	for (const tif of ["ioc", "fok", "cls"]) {
		await put({ type: "limit", limit_price: low, time_in_force: tif });
		await put({ time_in_force: tif });
	}
	await put({ qty: undefined, notional: "250.5" });
	await put({ qty: "0.123456789" });
	await order({ client_order_id: "known-day", type: "limit", limit_price: "100" }, 422);
	return ids;
}

async function refusals(last) {
	await order({ qty: "1000000" }, 403);
	await order({ symbol: "NOPE" }, 422);
	await order({ qty: "0" }, 422);
	await order({ qty: undefined }, 422);
	await order({ notional: "100" }, 422);
	await order({ type: "limit" }, 422);
	await order({ type: "limit", limit_price: "100.123" }, 422);
	await order({ time_in_force: "opg" }, 403);
	await order(
		{ type: "limit", limit_price: dollars(last * 0.9), order_class: "bracket" },
		422
	);
	await order({ type: "trailing_stop" }, 422);
	await order({ side: "sell", qty: "1.5" }, [403, 422]);
	await order({ order_class: "mleg", legs: [] }, 422);
	await order(
		{ advanced_instructions: { algorithm: "DMA", destination: "NYSE" } },
		[200, 403, 422]
	);
	for (const method of ["GET", "DELETE"]) await p.ask(method, "/v2/orders/" + UNKNOWN, 404);
	await p.ask("PATCH", "/v2/orders/" + UNKNOWN, 404, { body: { qty: "3" } });
	await p.ask("PATCH", "/v2/orders/" + UNKNOWN, [404, 422], {
		body: {
			notional: "500",
			advanced_instructions: { algorithm: "DMA", destination: "NYSE" }
		}
	});
	await p.ask("GET", "/v2/orders:by_client_order_id", 404, {
		query: { client_order_id: "no" }
	});
	await p.ask("GET", "/v2/positions/AAPL", 404);
	await p.ask("DELETE", "/v2/positions/AAPL", 404);
}

async function lists(ids) {
	const at = (await p.ask("GET", "/v2/orders/" + ids[1], 200)).body.submitted_at;

	for (const query of [
		{},
		{ status: "all", limit: 500, nested: true },
		{ status: "closed" },
		{ limit: 2, direction: "asc" },
		{ after: at },
		{ until: at },
		{ symbols: "MSFT,AAPL" },
		{ side: "buy", asset_class: "us_equity" },
		{ before_order_id: ids[2], status: "all" },
		{ after_order_id: ids[2], status: "all" }
	])
		await p.ask("GET", "/v2/orders", 200, { query });
	for (const id of ids) {
		await p.ask("GET", "/v2/orders/" + id, 200);
		await p.ask("GET", "/v2/orders/" + id, 200, { query: { nested: true } });
	}
	await p.ask("GET", "/v2/orders:by_client_order_id", 200, {
		query: { client_order_id: "known-day" }
	});
}

/* Bought, looked at, replaced, protected by an oco, sold in parts and whole. */
async function lives(last) {
	let o = (await order({ qty: "10", client_order_id: "entry" })).body;
	check(await x.reaches(o.id, "filled"), "a market order fills");
	await p.ask("GET", "/v2/positions", 200);
	const held = (await p.ask("GET", "/v2/positions/AAPL", 200)).body;
	await p.ask("GET", "/v2/positions/" + held.asset_id, 200);
	await activities();
	const oco = (
		await order({
			qty: "4",
			side: "sell",
			type: "limit",
			time_in_force: "gtc",
			order_class: "oco",
			take_profit: { limit_price: dollars(last * 1.3) },
			stop_loss: { stop_price: dollars(last * 0.7) }
		})
	).body;
	o = (
		await order({
			qty: "3",
			side: "sell",
			type: "limit",
			position_intent: "sell_to_close",
			limit_price: dollars(last * 1.4),
			time_in_force: "gtc"
		})
	).body;
	check((await x.reaches(oco.id, "new")) && (await x.reaches(o.id, "new")), "they rest");
	await p.ask("GET", "/v2/orders/" + oco.id, 200, { query: { nested: true } });
	o = (
		await p.ask("PATCH", "/v2/orders/" + o.id, 200, {
			body: {
				qty: "2",
				limit_price: dollars(last * 1.35),
				time_in_force: "gtc",
				client_order_id: "again"
			}
		})
	).body;
	check(await x.reaches(o.id, "new"), "the new order is on the book");
	await p.ask("GET", "/v2/orders/" + o.replaces, 200);
	await p.ask("PATCH", "/v2/orders/" + o.id, 422, { body: { limit_price: "1.00001" } });
	const trail = (
		await order({ qty: "1", side: "sell", type: "trailing_stop", trail_percent: "30" })
	).body;
	const stop = (
		await order({
			qty: "1",
			side: "sell",
			type: "stop",
			stop_price: dollars(last * 0.6)
		})
	).body;
	check(
		(await x.reaches(trail.id, "new")) && (await x.reaches(stop.id, "new")),
		"stops wait"
	);
	await p.ask("PATCH", "/v2/orders/" + trail.id, 200, { body: { trail: "25" } });
	await p.ask("PATCH", "/v2/orders/" + stop.id, 200, {
		body: { stop_price: dollars(last / 2) }
	});
	await order({ side: "buy", type: "limit", limit_price: dollars(last * 1.5) }, 403);
	await p.ask("DELETE", "/v2/positions/AAPL", 403);
	await x.steps(4);
	await p.ask("DELETE", "/v2/orders/" + o.id, 204);
	await p.ask("DELETE", "/v2/orders", 207);
	await x.until(async () => (await x.get("/v2/orders")).length === 0, 50);
	check((await x.get("/v2/orders")).length === 0, "no order is open any more");
	o = (await p.ask("DELETE", "/v2/positions/AAPL", 200, { query: { qty: "2" } })).body;
	check(await x.reaches(o.id, "filled"), "two are sold");
	o = (await p.ask("DELETE", "/v2/positions/AAPL", 200, { query: { percentage: "25" } }))
		.body;
	check(await x.reaches(o.id, "filled"), "a quarter is sold");
	const short = (await order({ symbol: "SPY", side: "sell", qty: "3" })).body;
	check(await x.reaches(short.id, "filled"), "and something is short");
	await p.ask("GET", "/v2/positions", 200);
	await p.ask("DELETE", "/v2/positions", 207, { query: { cancel_orders: true } });
	await x.until(async () => (await x.get("/v2/positions")).length === 0, 50);
	await p.ask("GET", "/v2/positions", 200);
	await p.ask("GET", "/v2/orders", 200, { query: { status: "all", nested: true } });
}

async function planted() {
	const entry = ["/v2/orders:by_client_order_id", { client_order_id: "entry" }];

	await p.planted("an account without status", "/v2/account", {}, "drop status");
	await p.planted("cash as a number", "/v2/account", {}, "retype cash");
	await p.planted("a clock without a time", "/v2/clock", {}, "set timestamp=noon");
	await p.planted("an order whose qty is a number", ...entry, "retype qty");
	await p.planted("an order without its type", ...entry, "drop type");
	await p.planted("an order whose side is none", ...entry, "set side=hold");
}

/* As it was before the day trading rules went: the older file, and the option for it. */
async function before() {
	const older = specification("trading-api", ".json");

	if (older === undefined) return;
	const was = [x, p];
	x = await Exchange.start("--symbols", "AAPL,MSFT,SPY", "--pdt-fields");
	p = await Prism.start(older, x);
	await x.opened();
	const a = (await p.ask("GET", "/v2/account", 200)).body;
	check(a.pattern_day_trader === false && a.daytrade_count === 0, "the account of 2025");
	await p.ask("GET", "/v2/account/configurations", 200);
	const o = (await order({ qty: "2" })).body;
	await x.reaches(o.id, "filled");
	for (const where of [
		"orders",
		"positions",
		"account/activities",
		"account/portfolio/history"
	])
		await p.ask("GET", "/v2/" + where, 200);
	p.stop();
	x.stop();
	[x, p] = was;
}

/* What the exchange serves and the official file has is walked. */
function whole() {
	for (const r of served(ROOT)) {
		const where = r.path.replace(/\*/g, UNKNOWN);
		const o = p.operation(r.method, where);
		if (o)
			check(
				p.asked.has(o.name),
				`${r.method} ${r.path} is served, so it is walked`
			);
	}
	p.complete();
}

run(async () => {
	x = await Exchange.start("--symbols", "AAPL,MSFT,SPY");
	p = await Prism.start(file, x);
	const opening = (await order({ time_in_force: "opg" })).body;
	await x.opened();
	check(await x.reaches(opening.id, "filled"), "an order on open fills");
	await p.ask("DELETE", "/v2/positions", 207);
	await x.steps(8);
	await part(account);
	const last = await x.last("AAPL");
	await part(refusals, last);
	const ids = await kinds(await x.last("MSFT"));
	await x.steps(4);
	await lists(ids);
	await p.ask("DELETE", "/v2/orders", 207);
	await x.steps(8);
	await p.ask("DELETE", "/v2/positions", 207, { query: { cancel_orders: true } });
	await x.steps(8);
	await part(lives, last);
	await part(history);
	await part(planted);
	await part(before);
	whole();
	p.stop();
	x.stop();
});
