"use strict";
/* The exchange's page: shows /sim/status once a second, and moves the clock by /sim/clock. */

const EVERY_MS = 1000;
const PATIENCE_MS = 4000; // for an answer
const NOTE_MS = 8000; // what a click led to stays in the banner

const state = { shown: null, at: null, lost: false, note: "", noted: 0, sure: null };

/* ---- small words */

const nowFormat = new Intl.DateTimeFormat("en-GB", {
	timeZone: "America/New_York",
	weekday: "short",
	day: "numeric",
	month: "short",
	year: "numeric",
	hour: "2-digit",
	minute: "2-digit",
	second: "2-digit",
	hourCycle: "h23",
});
const hourFormat = new Intl.DateTimeFormat("en-GB", {
	timeZone: "America/New_York",
	weekday: "short",
	hour: "2-digit",
	minute: "2-digit",
	hourCycle: "h23",
});

function text(id, s) {
	if ($(id).textContent !== s) $(id).textContent = s;
}

function session(c) {
	const hour = (s) => hourFormat.format(new Date(s)).replace(",", "");
	if (c.end) return "ended";
	return c.open ? "open until " + hour(c.next_close).slice(-5) : "opens " + hour(c.next_open);
}

function accountName(number) {
	const a = state.shown.accounts[number];
	return (a && a.key) || "account " + number;
}

function several() {
	return state.shown.accounts.length > 1;
}

/* How a status looks; those that are not here are of a live order. */
const LOOK = {
	filled: "filled",
	rejected: "bad",
	suspended: "bad",
	canceled: "over",
	expired: "over",
	replaced: "over",
	done_for_day: "over",
};

function badge(status) {
	return el("span", { class: "badge " + (LOOK[status] || "live") }, words(status));
}

/* ---- the clock */

function showClock(c) {
	text("now", nowFormat.format(new Date(c.now)).replace(/,/g, ""));
	text("session", session(c));
	text("n", count(c.n));
	const speed = c.mode === "scaled" ? "\u00d7 " + count(c.speed) : words(c.mode);
	text("mode", c.moving ? "moving" : c.paused ? "paused" : speed);
	text("pause", c.paused ? "Resume" : "Pause");
	const chosen = { scaled: String(c.speed), lockstep: "max", real: "real" }[c.mode];
	const s = $("speed");
	if (document.activeElement !== s) {
		if (![...s.options].some((o) => o.value === chosen))
			s.add(new Option("\u00d7 " + count(c.speed), chosen));
		s.value = chosen;
	}
	for (const b of document.querySelectorAll("[data-wish]")) b.disabled = c.moving || c.end;
}

function showBanner() {
	const c = state.shown && state.shown.clock;
	let t = "";
	if (Date.now() - state.noted < NOTE_MS) t = state.note;
	else if (state.lost)
		t = "The exchange does not answer" +
			(state.at ? ": these are the numbers of " + state.at : "") + ".";
	else if (c && c.mode === "lockstep" && c.clients === 0 && !c.moving)
		t = "Lockstep: the clock stands until a client joins. Step and the jumps play it " +
			"by hand.";
	else if (c && c.moving && c.waiting_for.length)
		t = "On the way, but waiting for " + c.waiting_for.join(", ") + ".";
	$("banner").hidden = t === "";
	text("banner", t);
	$("main").classList.toggle("old", state.lost);
}

function note(t) {
	state.note = t;
	state.noted = Date.now();
	showBanner();
}

/* ---- accounts and positions */

function pair(name, value) {
	return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

function accountCard(a) {
	const today = Number(a.equity) - Number(a.last_equity);
	const sure = state.sure === a.account;
	const plan = a.multiplier === 1 ? "cash account" : "margin, multiplier " + a.multiplier;
	return el("article", { class: "card", "data-key": "account-" + a.account },
		el("div", { class: "title" }, el("h3", {}, accountName(a.account)),
			el("button", {
				type: "button",
				class: sure ? "danger" : null,
				"data-reset": a.account,
				"aria-label": "Reset " + accountName(a.account),
			}, sure ? "Sure?" : "Reset")),
		el("p", { class: "quiet symbols" }, plan),
		el("dl", { class: "pairs" },
			pair("Equity", money(a.equity)),
			pair("Today", change(today, today / Number(a.last_equity))),
			pair("Cash", money(a.cash)),
			pair("Buying power", money(a.buying_power))));
}

const accountColumn = { name: "Account", cell: (r) => accountName(r.account) };

function columns(list) {
	return several() ? [list[0], accountColumn, ...list.slice(1)] : list;
}

const positionColumns = [
	{ name: "Symbol", cell: (p) => el("b", {}, p.symbol) },
	{ name: "Shares", num: true, cell: (p) => count(p.qty) },
	{ name: "Available", num: true, cell: (p) => count(p.qty_available) },
	{ name: "Entry", num: true, cell: (p) => price(p.avg_entry_price) },
	{ name: "Last", num: true, cell: (p) => price(p.current_price) },
	{ name: "Value", num: true, cell: (p) => money(p.market_value) },
	{ name: "P&L", num: true, cell: (p) => change(p.unrealized_pl, p.unrealized_plpc) },
];

/* ---- orders: a leg is a row below its parent */

function where(o) {
	const parts = [];
	if (o.limit_price) parts.push("limit " + price(o.limit_price));
	if (o.stop_price)
		parts.push((o.type === "trailing_stop" ? "trail " : "stop ") + price(o.stop_price));
	return parts.join(", ") || words(o.type);
}

function orderName(o) {
	if (!o.leg) return el("b", {}, o.symbol);
	const role = o.type === "limit" ? "take profit" : "stop loss";
	return el("span", {}, "\u21b3 " + role);
}

const orderColumns = [
	{ name: "Symbol", cell: orderName },
	{ name: "Time", cell: (o) => time(o.submitted_at) },
	{ name: "Side", cell: (o) => o.side },
	{ name: "Price", cell: where },
	{ name: "For", cell: (o) => o.time_in_force },
	{ name: "Filled", num: true, cell: (o) => count(o.filled_qty) + "/" + count(o.qty) },
	{ name: "At", num: true, cell: (o) => price(o.filled_avg_price) },
	{ name: "Status", cell: (o) => badge(o.status) },
];

function flat(orders) {
	const rows = [];
	for (const o of orders) {
		rows.push(o);
		for (const l of o.legs) rows.push({ ...l, leg: true });
	}
	return rows;
}

function markRows(id, rows) {
	const all = document.querySelectorAll("#" + id + " tbody tr");
	rows.slice(0, all.length).forEach((o, i) => {
		all[i].classList.toggle("leg", Boolean(o.leg));
		all[i].classList.toggle("gone", !o.live && o.status !== "filled");
	});
}

const executionColumns = [
	{ name: "Symbol", cell: (e) => el("b", {}, e.symbol) },
	{ name: "Time", cell: (e) => time(e.t) },
	{ name: "Side", cell: (e) => e.side },
	{ name: "Shares", num: true, cell: (e) => count(e.qty) },
	{ name: "Price", num: true, cell: (e) => price(e.price) },
	{ name: "Position", num: true, cell: (e) => count(e.position_qty) },
];

/* ---- the book: resting orders by price, the quote between them */

function rung(o) {
	const at = o.limit_price || o.stop_price;
	const side = several() ? o.side + ", " + accountName(o.account) : o.side;
	return el("li", { "data-key": o.id },
		el("span", { class: "num" }, at ? price(at) : "market"),
		el("span", { class: "num" }, count(Number(o.qty) - Number(o.filled_qty))),
		el("span", {}, side + " " + words(o.type) + ", " + words(o.status)));
}

function showBook(b) {
	const of = (o) =>
		Number(o.limit_price || o.stop_price || (o.side === "buy" ? b.bid : b.ask));
	const sorted = [...b.orders].sort((x, y) => of(y) - of(x));
	const middle = (Number(b.bid) + Number(b.ask)) / 2;
	const quote = el("li", { class: "market", "data-key": "quote" },
		el("span", {}, "bid " + price(b.bid)), el("span", {}, "last " + price(b.last)),
		el("span", {}, "ask " + price(b.ask)));
	put("ladder", ...sorted.filter((o) => of(o) > middle).map(rung), quote,
		...sorted.filter((o) => of(o) <= middle).map(rung));
	const moved = known(b.previous_close) ? Number(b.last) - Number(b.previous_close) : null;
	const line = el("p", { class: "quiet" });
	if (moved === null) line.append(b.t ? "No close before." : "No price yet.");
	else line.append("Since the last close ", change(moved, moved / Number(b.previous_close)));
	if (!b.orders.length) line.append(" \u00b7 no resting order");
	put("quote", line);
	const s = $("symbol");
	if (document.activeElement !== s) s.value = b.symbol;
}

/* ---- faults, verdict, connections */

function showFaults(f) {
	const rules = (f && f.rules) || [];
	text("n-faults", String(rules.length));
	if (!rules.length)
		return put("faults", el("p", { class: "quiet" },
			"None: it behaves. --scenario list shows what it could do, and POST " +
				"/sim/faults adds rules while it runs."));
	const list = el("ul", { class: "plain" });
	for (const r of rules)
		list.append(el("li", { "data-key": "rule-" + r.n },
			el("span", { class: "hits" }, "\u00d7 " + count(r.fired)),
			el("code", {}, r.rule)));
	put("faults", list);
}

function showVerdict(v) {
	const parts = [];
	if (v.failures)
		parts.push(v.failures.length
			? el("ul", { class: "plain" },
				...v.failures.map((f) => el("li", { class: "alarm" }, f)))
			: el("p", {}, el("span", { class: "badge filled" }, "passes")));
	const list = el("dl", { class: "pairs" });
	for (const [k, n] of Object.entries(v))
		if (typeof n === "number" && k !== "n" && k !== "account")
			list.append(pair(words(k), count(Math.round(n * 100) / 100)));
	if (several())
		parts.unshift(el("p", { class: "quiet" }, "Of " + accountName(v.account || 0)));
	put("verdict", ...parts, list);
}

function showClients(s) {
	const rows = [];
	for (const x of s.streams)
		rows.push(x.kind + " stream" + (x.authenticated
			? several() ? " of " + accountName(x.account) : ""
			: ", not authenticated yet") +
			(x.unsent_bytes > 0 ? ", " + count(x.unsent_bytes) + " bytes behind" : ""));
	for (const c of s.clients) {
		const late = s.clock.n - c.acknowledged;
		rows.push(c.name + ", in the lockstep" +
			(late > 0 ? ", has " + late + " to acknowledge" : ""));
	}
	if (!rows.length) rows.push("Nobody is listening.");
	put("clients", ...rows.map((r) => el("li", {}, r)));
}

/* ---- everything */

function show(s) {
	state.shown = s;
	state.at = instant(s.clock.now);
	const symbol = $("symbol");
	if (symbol.options.length !== s.symbols.length)
		symbol.replaceChildren(...s.symbols.map((n) => new Option(n, n)));
	showClock(s.clock);
	text("n-accounts", several() ? String(s.accounts.length) : "");
	put("accounts", ...s.accounts.map(accountCard));
	lists();
	showBook(s.book);
	showFaults(s.faults);
	showVerdict(s.verdict);
	showClients(s);
	showBanner();
}

function lists() {
	const s = state.shown;
	const held = s.accounts.flatMap((a) =>
		a.positions.map((p) => ({ ...p, account: a.account })));
	table("positions", "Positions", columns(positionColumns), held,
		(p) => p.account + p.symbol, "Nobody holds anything.");
	const rows = flat(s.orders);
	table("orders", "Orders, newest first, legs below their entry", columns(orderColumns), rows,
		(o) => o.id, "No order yet.");
	markRows("orders", rows);
	table("executions", "Executions, newest first", columns(executionColumns), s.executions,
		(e) => e.id, "No execution yet.");
}

async function ask(path, options) {
	const r = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS), ...options });
	const body = await r.json();
	if (!r.ok) throw new Error(body.message);
	return body;
}

async function refresh() {
	const symbol = $("symbol").value;
	try {
		const query = symbol ? "?symbol=" + encodeURIComponent(symbol) : "";
		show(await ask("/sim/status" + query));
		state.lost = false;
	} catch {
		state.lost = true;
	}
	showBanner();
}

async function post(path, body) {
	try {
		/* A jump over months takes its time; its answer says that it is there. */
		await ask(path, {
			method: "POST",
			body: JSON.stringify(body),
			signal: AbortSignal.timeout(600000),
		});
	} catch (e) {
		note(e.message);
	}
	await refresh();
}

async function loop() {
	if (!document.hidden) await refresh();
	setTimeout(loop, EVERY_MS);
}

document.addEventListener("click", (e) => {
	const b = e.target.closest("button");
	if (!b) return;
	const all = b.dataset.all;
	if (all) {
		if (!shownWhole.delete(all)) shownWhole.add(all);
		lists();
	} else if (b.dataset.wish) {
		post("/sim/clock", JSON.parse(b.dataset.wish));
	} else if (b.id === "pause") {
		const paused = state.shown && state.shown.clock.paused;
		post("/sim/clock", paused ? { resume: true } : { pause: true });
	} else if (b.dataset.reset) {
		const account = Number(b.dataset.reset);
		const sure = state.sure === account;
		state.sure = sure ? null : account;
		if (sure) post("/sim/reset", { account });
		else setTimeout(() => state.sure === account && (state.sure = null), 4000);
		show(state.shown);
	}
});

$("speed").addEventListener("change", (e) => {
	const v = e.target.value;
	e.target.blur();
	post("/sim/clock", { speed: Number(v) || v });
});

$("symbol").addEventListener("change", (e) => {
	e.target.blur();
	refresh();
});

loop();
