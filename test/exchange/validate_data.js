#!/usr/bin/env node
/* The official description of the market data API, held against the exchange, as
 * validate_trading.js does for the trading API. */
"use strict";

const {
	ACTIONS,
	Exchange,
	ROOT,
	check,
	leaveOut,
	part,
	run,
	specification
} = require("./lib/exchange");

const file = specification("market-data-api");
if (!file) leaveOut("GAMBLER_SPECS names no folder with the broker's market-data-api*.yaml");
const { Prism, served } = require("./lib/prism");

const TWO = "AAPL,MSFT";
const FEEDS = ["iex", "sip"];
let x, p;

const both = (kind, tail = "") => [
	[`/v2/stocks/${kind}${tail}`, { symbols: TWO }],
	[`/v2/stocks/AAPL/${kind}${tail}`, {}]
];

/* How many points an answer holds. */
function size(body, kind) {
	const points = body[kind] || {};

	return Array.isArray(points)
		? points.length
		: Object.values(points).reduce((n, list) => n + list.length, 0);
}

/* All pages of a question; the number of points. */
async function pages(where, kind, query) {
	let token = null,
		n = 0,
		most = 200;

	do {
		const a = await p.ask("GET", where, 200, {
			query: token ? { ...query, page_token: token } : query
		});
		check(
			size(a.body, kind) <= (query.limit || 1000),
			"no page is longer than its limit"
		);
		n += size(a.body, kind);
		token = a.body.next_page_token;
	} while (token && --most > 0);
	return n;
}

async function bars() {
	const start = "2026-02-25T14:30:00Z",
		end = x.now;

	for (const [where, which] of both("bars")) {
		for (const timeframe of [
			"1Min",
			"5T",
			"59Min",
			"1Hour",
			"4H",
			"23H",
			"1Day",
			"1D",
			"1Week",
			"1W",
			"1Month",
			"3M",
			"12M"
		])
			await p.ask("GET", where, 200, {
				query: { ...which, timeframe, start, end }
			});
		const n = await pages(where, "bars", {
			...which,
			timeframe: "15Min",
			start,
			end,
			limit: 37
		});
		check(
			n ===
				(await pages(where, "bars", {
					...which,
					timeframe: "15Min",
					start,
					end,
					limit: 51,
					sort: "desc"
				})),
			"both ways the pages hold the same bars"
		);
		check(n > 37, "there is more than one page");
		for (const adjustment of ["raw", "split", "dividend", "all", "split,dividend"])
			await p.ask("GET", where, 200, {
				query: {
					...which,
					timeframe: "1Day",
					start,
					end,
					adjustment,
					asof: "-",
					currency: "USD",
					feed: "iex",
					sort: "asc"
				}
			});
		await p.ask("GET", where, 200, {
			query: { ...which, timeframe: "1Min", asof: "2026-03-02" }
		});
		for (const wrong of [
			{ timeframe: "60Min" },
			{ timeframe: "1Min", adjustment: "some" },
			{ timeframe: "1Min", page_token: "x" },
			{ timeframe: "1Min", start: end, end: start }
		])
			await p.ask("GET", where, 400, { query: { ...which, ...wrong } });
	}
}

async function latest() {
	for (const feed of [...FEEDS, "delayed_sip", "overnight", "boats", "otc"])
		for (const kind of ["bars", "quotes", "trades"])
			for (const [where, which] of both(kind, "/latest"))
				await p.ask(
					"GET",
					where,
					FEEDS.includes(feed) ? 200 : [200, 400, 403, 404],
					{ query: { ...which, feed, currency: "USD" } }
				);
	for (const feed of FEEDS) {
		await p.ask("GET", "/v2/stocks/snapshots", 200, {
			query: { symbols: TWO, feed, currency: "USD" }
		});
		await p.ask("GET", "/v2/stocks/AAPL/snapshot", 200, {
			query: { feed, currency: "USD" }
		});
	}
}

async function history() {
	const end = x.now;
	const start = new Date(Date.parse(end) - 6 * 60000).toISOString();

	for (const kind of ["trades", "quotes"])
		for (const [where, which] of both(kind)) {
			for (const feed of FEEDS)
				await p.ask("GET", where, 200, {
					query: { ...which, start, end, feed }
				});
			const n = await pages(where, kind, { ...which, start, end, limit: 40 });
			check(
				n > 0 &&
					n ===
						(await pages(where, kind, {
							...which,
							start,
							end,
							limit: 60,
							sort: "desc",
							asof: "-",
							currency: "USD"
						})),
				`${where}: pages hold the same ${kind}`
			);
			await p.ask("GET", where, 400, { query: { ...which, page_token: "x" } });
		}
	for (const [where, which] of both("auctions")) {
		await p.ask("GET", where, 200, {
			query: {
				...which,
				start: "2026-02-20T00:00:00Z",
				end,
				limit: 3,
				feed: "sip",
				asof: "-",
				currency: "USD",
				sort: "asc"
			}
		});
		await pages(where, "auctions", {
			...which,
			start: "2026-02-20T00:00:00Z",
			end,
			limit: 2
		});
	}
}

async function other() {
	for (const ticks of ["trade", "quote"])
		for (const tape of ["A", "B", "C"])
			await p.ask("GET", "/v2/stocks/meta/conditions/" + ticks, 200, {
				query: { tape }
			});
	await p.ask("GET", "/v2/stocks/meta/exchanges", 200);
	const march = { start: "2026-03-01", end: "2026-03-31" };
	for (const query of [
		{},
		{
			symbols: TWO,
			types: "forward_split,cash_dividend",
			...march,
			limit: 10,
			sort: "desc"
		},
		{ ...march, limit: 2 },
		{ ...march, limit: 2, page_token: "2" },
		{ region: "us", data_quality: "complete" },
		{ ids: "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415" },
		{ cusips: "037833100" }
	])
		await p.ask("GET", "/v1/corporate-actions", 200, { query });
	await p.ask("GET", "/v1/corporate-actions", 400, { query: { page_token: "x" } });
	const news = { symbols: TWO, limit: 10, sort: "desc", page_token: "x" };
	const day = { start: "2026-03-01T00:00:00Z", end: "2026-03-02T00:00:00Z" };
	const text = { include_content: true, exclude_contentless: false };
	await p.ask("GET", "/v1beta1/news", 200, { query: { ...news, ...day, ...text } });
	await p.ask("GET", "/v2/stocks/bars/latest", 400, { query: { symbols: "no!" } });
	await p.ask("GET", "/v2/stocks/bars/latest", [200, 400], { query: { symbols: "NOPE" } });
}

async function planted() {
	const days = ["/v2/stocks/AAPL/bars", { timeframe: "1Day", start: "2026-02-20T00:00:00Z" }];

	await p.planted("a price as text", ...days, "retype o");
	await p.planted("a bar without its volume", ...days, "drop v");
	await p.planted("a time that is none", "/v2/stocks/AAPL/trades/latest", {}, "set t=noon");
}

run(async () => {
	x = await Exchange.start("--symbols", "AAPL,MSFT,SPY", "--actions", ACTIONS);
	p = await Prism.start(file, x);
	await x.opened();
	await x.steps(200);
	await part(bars);
	await part(latest);
	await part(history);
	await part(other);
	await part(planted);
	for (const r of served(ROOT)) {
		const o = p.operation(r.method, r.path.replace(/\*/g, "trade"));
		if (o)
			check(
				p.asked.has(o.name),
				`${r.method} ${r.path} is served, so it is walked`
			);
	}
	p.complete();
	p.stop();
	x.stop();
});
