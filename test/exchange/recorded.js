#!/usr/bin/env node
/* What the broker really answered, in 2020, held against what the exchange answers to the same
 * question: the same status, the same keys, and values of the same form. Values differ, of course.
 * What is known to be different today stands here with its reason. */
"use strict";

const fs = require("fs");
const path = require("path");
const { Exchange, check, leaveOut, run } = require("./lib/exchange");

const FILE = path.join(process.env.GAMBLER_SPECS || "", "recorded/alpaca-paper-2020.json");
if (!process.env.GAMBLER_SPECS || !fs.existsSync(FILE))
	leaveOut("GAMBLER_SPECS names no folder with recorded/alpaca-paper-2020.json");

/* Keys that the recording has and the exchange has not, and why. */
const GONE = {
	pattern_day_trader: "left the API in July 2026",
	daytrade_count: "left the API in July 2026",
	daytrading_buying_power: "left the API in July 2026",
	pdt_check: "left the API in July 2026",
	dtbp_check: "left the API in July 2026"
};
/* Messages that the broker words anew since then. */
const REWORDED = {
	"account/get_failure": 'a wrong key meets "unauthorized." without a code in 2026',
	"order/create_422": "could not find asset: then 40010001, now 42210000 in other words"
};
const KNOWN = "e08ad98f-07a4-40a8-9b6e-7186b0b7dd8d";
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/* The form of a value: what a client's parser would tell apart. */
function form(v) {
	if (v === null) return "null";
	if (typeof v !== "string") return Array.isArray(v) ? "list" : typeof v;
	for (const [name, r] of [
		["uuid", new RegExp("^" + UUID.source + "$")],
		["activity id", new RegExp("^\\d{17}::" + UUID.source + "$")],
		["decimal", /^-?\d+(\.\d+)?$/],
		["time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[-+]\d\d:\d\d)$/],
		["date", /^\d{4}-\d\d-\d\d$/],
		["hour", /^\d\d:?\d\d$/]
	])
		if (r.test(v)) return name;
	return "text";
}

function compare(name, where, theirs, ours) {
	const both = `${JSON.stringify(theirs)} then, ${JSON.stringify(ours)} now`;

	if (form(theirs) === "null" || form(ours) === "null")
		return; /* nullable either way: the official file tells which */
	if (
		!check(
			form(theirs) === form(ours),
			`${name}: ${where} is a ${form(theirs)}, not a ${form(ours)}: ${both}`
		)
	)
		return;
	if (Array.isArray(theirs)) {
		for (const one of theirs.slice(0, 20)) {
			/* Of answers of several statuses, one of the same status. */
			const like = ours.find(
				(o) =>
					o === null ||
					o.status === one.status ||
					!Number.isInteger(one.status)
			);
			if (
				check(
					like !== undefined,
					`${name}: ${where} has one like ` +
						JSON.stringify(one).slice(0, 100)
				)
			)
				compare(name, where + "[]", one, like);
		}
	} else if (typeof theirs === "object") {
		for (const key of Object.keys(theirs))
			if (
				check(
					key in ours || key in GONE,
					`${name}: ${where} has the key ${key}`
				) &&
				key in ours
			)
				compare(name, `${where}.${key}`, theirs[key], ours[key]);
	}
}

/* What was asked then, asked now: the same words where it can be. */
async function ask(x, made, r) {
	const url = new URL(r.url);
	let where = url.pathname;
	const query = Object.fromEntries(url.searchParams);
	const ids = {
		"order/delete_success": made.resting,
		"order/edit_failure": made.waiting,
		"order/get_success": made.filled
	};

	if (ids[r.case]) where = "/v2/orders/" + ids[r.case];
	if (r.case === "order/get_by_client_order_id_success") query.client_order_id = KNOWN;
	if (r.case === "asset/get_success_by_id") where = "/v2/assets/" + made.asset;
	const headers = r.case === "account/get_failure" ? { "APCA-API-SECRET-KEY": "wrong" } : {};
	return x.call(r.method, where, { query, headers, body: r.request_body || undefined });
}

run(async () => {
	const x = await Exchange.start("--symbols", "AAPL,TSLA,F");
	const put = async (fields) =>
		(
			await x.call("POST", "/v2/orders", {
				body: {
					symbol: "AAPL",
					qty: "2",
					side: "buy",
					type: "market",
					time_in_force: "day",
					...fields
				}
			})
		).body.id;
	const all = JSON.parse(fs.readFileSync(FILE, "utf8"));
	const made = { asset: (await x.get("/v2/assets/AAPL")).id };

	await x.opened();
	made.filled = await put({ client_order_id: KNOWN });
	const tesla = await put({ symbol: "TSLA", qty: "5" });
	await x.reaches(made.filled, "filled");
	await x.reaches(tesla, "filled");
	/* The recordings were made at night, when orders wait: accepted. */
	await x.until(() => !x.open);
	await x.step();
	/* What fills comes first, then what looks, then what takes away, in this sequence. */
	const sequence = [
		"order/create_success",
		"order/delete_success",
		"order/delete_all_success",
		"position/delete_success",
		"position/delete_all_success"
	];
	const place = (r) =>
		sequence.indexOf(r.case) + (r.case === "order/create_success" ? -2 : 0);
	made.resting = await put({
		symbol: "F",
		qty: "1",
		type: "limit",
		limit_price: "1",
		time_in_force: "gtc"
	});
	made.waiting = await put({ symbol: "F", qty: "1" });
	for (const r of all.sort((a, b) => place(a) - place(b))) {
		if (r.case === "position/delete_success")
			await x.until(async () => (await x.get("/v2/orders")).length === 0, 20);
		const a = await ask(x, made, r);
		check(
			a.status === r.status,
			`${r.case}: ${r.method} ${r.url} answers ${r.status}, ` +
				`not ${a.status} ${a.text.slice(0, 200)}`
		);
		if (r.body_text === "") {
			check(a.text === "", `${r.case}: no body`);
			continue;
		}
		const type = a.headers.get("content-type");
		check(type === r.content_type, `${r.case}: ${r.content_type}, not ${type}`);
		const theirs = JSON.parse(r.body_text);
		if (r.case in REWORDED) continue;
		compare(r.case, "the answer", theirs, a.body);
		if (theirs.message)
			check(
				a.body.code === theirs.code && a.body.message === theirs.message,
				`${r.case}: "${theirs.code} ${theirs.message}", not ` +
					`"${a.body.code} ${a.body.message}"`
			);
	}
	x.stop();
});
