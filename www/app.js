"use strict";
/* The dashboard. Everything comes from the API: /events brings the whole status whenever
   something changed, lists are fetched when their counters move. Broker and user text only
   ever becomes textContent. Money stays text until it is shown. */

const STALE_MS = 5000; // nothing heard for so long: say so
const DEAD_MS = 12000; // and for so long: the connection is opened anew

const state = {
	status: null,
	heard: 0,
	lost: false, // the stream ended
	refused: false, // the token was not given
	token: sessionStorage.getItem("token") || "",
	trades: -1,
	orders: -1,
	curve: [],
	curveAt: 0,
	retry: 500,
	list: {},
	note: { text: "", until: 0 }, // said in the banner for a while
	stream: null,
};

/* ---- tables */

function why(id) {
	if (!id) return DASH;
	const attributes = { type: "button", class: "link", "data-why": id };
	return el("button", attributes, "Why", el("span", { class: "visually-hidden" }, " " + id));
}

const whyColumn = { name: "", title: "Why", cell: (r) => why(r.trade || r.client_order_id) };

/* The price of a market that is open is stale when no bar came for two intervals. */
function lastPrice(p) {
	const m = state.status.market;
	const age = p.last_at ? seconds(p.last_at, m.now) : 0;
	if (!known(p.last)) return DASH;
	if (!m.open || age < 600) return price(p.last);
	return el("span", { class: "stale" }, price(p.last) + " stale, " + span(age));
}

function stop(p) {
	if (p.protected) return price(p.stop);
	return el("span", { class: "alarm" }, p.protected === null ? "not managed" : "none");
}

const positionColumns = [
	{ name: "Symbol", cell: (p) => el("b", {}, p.symbol) },
	{ name: "Side", cell: (p) => p.side },
	{ name: "Shares", num: true, cell: (p) => count(p.qty) },
	{ name: "Entry", num: true, cell: (p) => price(p.entry) },
	{ name: "Last", num: true, cell: lastPrice },
	{ name: "Stop", num: true, cell: stop },
	{ name: "Target", num: true, cell: (p) => price(p.target) },
	{ name: "P&L", num: true, cell: (p) => change(p.pnl, p.pnl_ratio) },
	{ name: "Age", num: true, cell: (p) => span(p.age_s) },
	whyColumn,
];

const tradeColumns = [
	{ name: "Symbol", cell: (t) => el("b", {}, t.symbol) },
	{ name: "Opened", cell: (t) => time(t.opened || t.signal) },
	{ name: "Side", cell: (t) => t.side },
	{ name: "Shares", num: true, cell: (t) => count(t.qty) },
	{ name: "Entry", num: true, cell: (t) => price(t.entry) },
	{ name: "Exit", num: true, cell: (t) => price(t.exit) },
	{ name: "P&L", num: true, cell: (t) => change(t.pnl, t.pnl_ratio) },
	{ name: "For", num: true, cell: (t) => span(t.duration_s) },
	{ name: "Ended by", cell: (t) => words(t.exit_reason || t.state) },
	whyColumn,
];

const orderColumns = [
	{ name: "Symbol", cell: (o) => el("b", {}, o.symbol) },
	{ name: "Time", cell: (o) => time(o.created) },
	{ name: "Role", cell: (o) => o.role },
	{ name: "Side", cell: (o) => o.side },
	{ name: "Type", cell: (o) => words(o.type) },
	{ name: "Filled", num: true, cell: (o) => count(o.filled_qty) + "/" + count(o.qty) },
	{
		name: "Price",
		num: true,
		cell: (o) => price(o.filled_avg_price || o.stop_price || o.limit_price),
	},
	{
		name: "Status",
		cell: (o) => words(o.status) + (o.refusal ? ": " + o.refusal.message : ""),
	},
	whyColumn,
];

const tables = {
	positions: {
		caption: "Open positions",
		columns: positionColumns,
		key: (p) => p.trade,
		empty:
			"Flat. An entry needs every condition at once; the funnel of each " +
			"instance shows which one is missing.",
	},
	trades: {
		caption: "Round trips, newest first",
		columns: tradeColumns,
		key: (t) => t.trade,
		empty: "No trade yet.",
	},
	orders: {
		caption: "Orders, newest first",
		columns: orderColumns,
		key: (o) => o.client_order_id || o.id,
		empty: "No order yet.",
	},
};

function show(id, list) {
	const t = tables[id];
	if (list) state.list[id] = list;
	table(id, t.caption, t.columns, state.list[id] || [], t.key, t.empty);
}

/* ---- instances and their funnels */

function pair(name, value) {
	return el("div", {}, el("dt", {}, name), el("dd", {}, value));
}

function funnel(i) {
	const most = Math.max(1, ...i.funnel.map((f) => f.rejected));
	const list = el("ul", { class: "funnel" });
	for (const f of i.funnel.filter((x) => x.rejected > 0))
		list.append(
			el("li", { "data-key": f.condition }, el("span", {}, words(f.condition)),
				el("meter", {
					min: 0,
					max: most,
					value: f.rejected,
					"aria-label": words(f.condition),
				}),
				el("span", { class: "num" }, count(f.rejected))),
		);
	if (!list.children.length) list.append(el("li", {}, "Nothing was held back."));
	const text = [i.bars + " bars seen", i.signals + " signals", i.entries + " entries"];
	return el("details", {}, el("summary", {}, text.join(", ") + ": what held the rest back"),
		list);
}

function instanceState(i) {
	if (i.kill !== "run") return el("span", { class: "alarm" }, words(i.kill));
	if (i.breaker)
		return el("span", { class: "alarm" }, i.state + ": " + words(i.breaker));
	return el("span", { class: i.state === "running" ? null : "alarm" }, i.state);
}

function instanceCard(i) {
	const paused = i.state !== "running";
	const b = el("button", {
		type: "button",
		"data-do": paused ? "resume" : "pause",
		"data-instance": i.name,
		"aria-label": (paused ? "Resume " : "Pause ") + i.name,
	}, paused ? "Resume" : "Pause");
	const rate = known(i.win_rate) ? (i.win_rate * 100).toFixed(0) + "% of " + i.trades : DASH;
	const about =
		words(i.strategy) + ", " + i.timeframe_s / 60 + " min: " + i.symbols.join(" ");
	return el("article", { class: "card", "data-key": "card-" + i.name },
		el("div", { class: "title" }, el("h3", {}, i.name), instanceState(i), b),
		el("p", { class: "quiet symbols" }, about),
		el("dl", { class: "pairs" },
			pair("Positions", i.positions + " of " + i.max_positions),
			pair("Trades today", count(i.trades_day)),
			pair("Win rate", rate),
			pair("P&L today", change(i.pnl_day)),
			pair("Open P&L", change(i.open_pnl)),
			pair("P&L, all", change(i.pnl))),
		el("p", { class: "quiet" }, "Last decision ", time(i.last_decision)),
		funnel(i));
}

/* ---- the top bar */

function left(to) {
	const s = seconds(state.status.market.now, to);
	return s > 0 ? "in " + span(s) : "now";
}

function text(id, value, klass) {
	const e = $(id);
	if (e.textContent !== value) e.textContent = value;
	e.className = klass || "";
}

function showTop(s) {
	const m = s.market;
	const age = s.links.data_age_s;
	const old = m.open && (age === null || age > 600);
	const held = s.positions_open ? "(" + s.positions_open + ") " : "";
	document.title = held + "gambler " + s.mode;
	text("mode", s.mode, "mode " + s.mode);
	text("state", words(s.state), s.state === "running" ? "" : "alarm");
	text("market", m.open ? "open, closes " + left(m.next_close)
		: "closed, opens " + left(m.next_open));
	text("data", !known(age) ? "none yet" : (old ? "stale, " : "") + span(Math.max(0, age)) +
		(old ? "" : " old"), old ? "alarm" : "");
	text("equity", s.account ? "$" + money(s.account.equity) : DASH);
	put("day", s.account ? change(s.account.day_pnl, s.account.day_pnl_ratio) : DASH);
	const halted = s.kill !== "run";
	const paused = s.state === "paused";
	text("halt", halted ? "Resume" : "Halt", halted ? "" : "danger");
	$("halt").dataset.do = halted ? "resume" : "halt";
	text("pause", paused ? "Resume" : "Pause");
	$("pause").dataset.do = paused ? "resume" : "pause";
	$("pause").hidden = halted;
	text("foot", [
		"gambler " + s.version,
		"up " + span(s.uptime_s),
		"session " + s.session,
		count(s.links.requests) + " requests",
		count(s.links.bars) + " bars",
		"market time " + instant(m.now),
		...(s.links.foreign_positions
			? [s.links.foreign_positions + " positions of others in the account"]
			: []),
	].join(", "), "quiet");
}

function bannerText() {
	const s = state.status;
	const silent = Date.now() - state.heard;
	if (Date.now() < state.note.until) return state.note.text;
	if (state.refused) return "gambler wants its token. Reload this page to enter it.";
	if (!s && !state.lost) return "Connecting\u2026";
	if (!s) return "gambler does not answer. Trying again\u2026";
	if (state.lost || silent > STALE_MS)
		return "No word from gambler for " + span(silent / 1000) +
			": these numbers are old. Trying again\u2026";
	const stray = s.positions.some((p) => p.protected === null)
		? " A position is not managed: its instance is not configured. " +
			"Configure it again until it is closed, or close it at the broker."
		: "";
	if (s.kill !== "run")
		return "Trading is in state \u201C" + words(s.kill) + "\u201D" +
			(s.killed_by ? " by " + s.killed_by : "") +
			": nothing new is opened; stops stay at the broker." + stray;
	if (stray) return stray.trim();
	if (s.positions.some((p) => !p.protected))
		return "A position has no stop at the broker. gambler is placing one.";
	if (s.links.trouble && s.state !== "running") return s.links.trouble;
	if (s.links.stand_in)
		return "Some of today\u2019s bars are not the broker\u2019s, but from " +
			s.links.stand_in + ".";
	return "";
}

function showBanner() {
	const b = $("banner");
	const t = bannerText();
	b.hidden = !t;
	if (b.textContent !== t) b.textContent = t;
	const old = state.lost || Date.now() - state.heard > STALE_MS;
	document.body.classList.toggle("old", old);
	if (old && state.stream && Date.now() - state.heard > DEAD_MS) state.stream.abort();
}

function say(text) {
	state.note = { text, until: Date.now() + 6000 };
	showBanner();
}

/* ---- equity curve: drawn when it changed, smallest and largest per pixel column */

function scale(g, w, h, low, high, first, last) {
	const style = getComputedStyle(document.documentElement);
	const y = (v) => 8 + (1 - (v - low) / (high - low)) * (h - 30);
	g.font = "12px system-ui, sans-serif";
	g.fillStyle = style.getPropertyValue("--quiet").trim();
	g.strokeStyle = style.getPropertyValue("--line").trim();
	for (let k = 0; k <= 2; k++) {
		const v = low + ((high - low) * k) / 2;
		g.beginPath();
		g.moveTo(78, y(v));
		g.lineTo(w, y(v));
		g.stroke();
		g.fillText(money(v, 0), 2, Math.max(11, y(v) + 4));
	}
	/* Two times side by side want 300 pixels: else only the last one. */
	if (w > 400) g.fillText(instant(first), 78, h - 3);
	g.textAlign = "right";
	g.fillText(instant(last), w, h - 3);
	g.strokeStyle = style.getPropertyValue("--accent").trim();
	return y;
}

function drawCurve() {
	const c = $("curve");
	const ratio = window.devicePixelRatio || 1;
	const w = c.clientWidth;
	const h = c.clientHeight;
	const g = c.getContext("2d");
	const points = state.curve.map((p) => Number(p.equity));
	if (!w || points.length < 2) return;
	c.width = w * ratio;
	c.height = h * ratio;
	g.scale(ratio, ratio);
	let low = Infinity;
	let high = -Infinity;
	for (const p of points) {
		low = Math.min(low, p);
		high = Math.max(high, p);
	}
	const pad = (high - low) * 0.1 || 1;
	const y = scale(g, w, h, low - pad, high + pad, state.curve[0].t, state.curve.at(-1).t);
	const x = (i) => 78 + (i / (points.length - 1)) * (w - 84);
	const step = Math.max(1, Math.floor(points.length / Math.max(1, w - 78)));
	g.lineWidth = 1.8;
	g.beginPath();
	for (let i = 0; i < points.length; i += step) {
		const part = points.slice(i, i + step);
		g.lineTo(x(i), y(Math.min(...part)));
		if (step > 1) g.lineTo(x(i), y(Math.max(...part)));
	}
	g.lineTo(x(points.length - 1), y(points.at(-1)));
	g.stroke();
}

function curveText(list) {
	if (list.length === 0) return "No points yet.";
	let peak = -Infinity;
	let fall = 0;
	for (const p of list) {
		peak = Math.max(peak, Number(p.equity));
		fall = Math.max(fall, (peak - Number(p.equity)) / peak);
	}
	return "From " + money(list[0].equity) + " to " + money(list.at(-1).equity) +
		" dollars, largest fall from a peak " + (fall * 100).toFixed(2) + "%.";
}

/* ---- talking to gambler */

/* Asks again with the token when it is wanted. NULL: it was not given. */
async function call(path, options = {}) {
	for (;;) {
		const used = state.token;
		const headers = { ...options.headers };
		if (used) headers.Authorization = "Bearer " + used;
		const r = await fetch(path, { ...options, headers, cache: "no-store" });
		if (r.status !== 401) return r;
		if (used === state.token && !(await askToken(used !== ""))) return null;
	}
}

async function get(path) {
	const r = await call(path);
	if (!r || !r.ok) throw new Error(path + ": " + (r ? r.status : "no token"));
	return r.json();
}

async function command(what, instance) {
	const r = await call("/api/v1/" + what, {
		method: "POST",
		headers: { "Content-Type": "application/json" },
		body: JSON.stringify(instance ? { instance } : {}),
	}).catch(() => null);
	const name = what + (instance ? " of " + instance : "");
	$("said").textContent = name + (r && r.ok ? " accepted" : " was not accepted");
	if (!r || !r.ok) say(name + " was not accepted: " + (r ? r.status : "no connection"));
}

async function refresh(s) {
	if (s.trades_seq !== state.trades) {
		state.trades = s.trades_seq;
		show("trades", await get("/api/v1/trades?limit=100"));
	}
	if (s.orders_seq !== state.orders) {
		state.orders = s.orders_seq;
		show("orders", await get("/api/v1/orders?limit=100"));
	}
	if (Date.now() - state.curveAt > 10000) {
		state.curveAt = Date.now();
		state.curve = await get("/api/v1/equity");
		$("curve-text").textContent = curveText(state.curve);
		requestAnimationFrame(drawCurve);
	}
}

let busy = false;

async function onStatus(s) {
	state.status = s;
	state.heard = Date.now();
	state.lost = false;
	state.retry = 500;
	showTop(s);
	show("positions", s.positions);
	put("instances", ...s.instances.map(instanceCard));
	showBanner();
	if (busy) return;
	busy = true;
	try {
		await refresh(s);
	} catch {
		state.trades = state.orders = -1;
	} finally {
		busy = false;
	}
}

/* Server-sent events over fetch, since EventSource cannot carry the token. */
async function readStream() {
	state.stream = new AbortController();
	const options = { headers: { Accept: "text/event-stream" }, signal: state.stream.signal };
	const r = await call("/events", options);
	state.refused = r === null;
	if (!r) return;
	if (!r.ok) return say("gambler says: " + (await r.json()).error.message);
	const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
	let text = "";
	for (;;) {
		const { value, done } = await reader.read();
		if (done) return;
		text += value;
		const parts = text.split("\n\n");
		text = parts.pop();
		const data = parts.at(-1)?.split("\n").find((l) => l.startsWith("data: "));
		if (data) onStatus(JSON.parse(data.slice(6)));
	}
}

/* A page that nobody sees listens to nothing. */
function visible() {
	return new Promise((go) => {
		if (!document.hidden) return go();
		document.addEventListener("visibilitychange", () => go(), { once: true });
	});
}

async function listen() {
	while (!state.refused) {
		await visible();
		try {
			await readStream();
		} catch {
			/* said by the banner */
		}
		state.stream = null;
		state.lost = !document.hidden;
		state.trades = state.orders = -1;
		state.curveAt = 0;
		showBanner();
		const wait = document.hidden ? 0 : state.retry * (0.5 + Math.random() / 2);
		await new Promise((go) => setTimeout(go, wait));
		state.retry = Math.min(state.retry * 2, 5000);
	}
}

document.addEventListener("visibilitychange", () => {
	if (document.hidden && state.stream) state.stream.abort();
});

/* ---- dialogs */

function ask(title, words, label, password) {
	return new Promise((answer) => {
		const d = $("ask");
		const input = $("ask-word");
		$("ask-title").textContent = title;
		$("ask-text").textContent = words;
		$("ask-label").textContent = label;
		input.value = "";
		input.type = password ? "password" : "text";
		d.returnValue = "cancel";
		const closed = () => answer(d.returnValue === "ok" ? input.value : null);
		d.addEventListener("close", closed, { once: true });
		d.showModal();
		input.focus();
	});
}

$("ask-word").addEventListener("keydown", (e) => {
	if (e.key !== "Enter") return;
	e.preventDefault();
	$("ask").close("ok");
});

let asking = null;

/* False: cancelled. One dialog, however many wait for it. */
function askToken(wrong) {
	const words = (wrong ? "That token was refused. " : "") +
		"This gambler wants its token: [server] token in gambler.ini.";
	asking ??= ask("Token", words, "Token", true).then((t) => {
		asking = null;
		state.token = (t || "").trim();
		sessionStorage.setItem("token", state.token);
		return state.token !== "";
	});
	return asking;
}

async function flatten() {
	const word = await ask(
		"Flatten everything",
		"Cancels all entries and closes every position of every configured instance " +
			"at the market. Nothing new is opened until Resume.",
		"Type flatten to confirm",
	);
	if (word === null) return;
	if (word.trim().toLowerCase() === "flatten") command("flatten");
	else say("Not flattened: the word was not \u201Cflatten\u201D.");
}

// Checks whose limit is the least that is allowed, and what it is that they compare.
const FLOORS = {
	qty: "qty",
	account: "account usable",
	day_loss: "result of the day",
	portfolio_loss: "equity",
	cash: "cash left",
};

function value(v) {
	if (typeof v !== "object" || v === null) return known(v) ? count(v) : DASH;
	if (v.check) {
		const what = FLOORS[v.check];
		return (what || words(v.check)) + " " + count(v.value) +
			(what ? " (floor " : " (limit ") + count(v.limit) + ")";
	}
	return Object.entries(v).map(([k, x]) => words(k) + " " + count(x)).join();
}

function noteLine(n, role) {
	const what = n.what === "status" && role ? role + " order" : n.what;
	const parts = [...new Set([what, n.meaning, n.text].filter(Boolean))].map(words);
	const values = n.values.map(value);
	return el("li", {}, time(n.at), " " + parts.join(": "),
		values.length ? el("span", { class: "quiet" }, " " + values.join(", ")) : null);
}

function fillLine(f) {
	return el("li", {}, time(f.at),
		" " + f.role + ": " + f.side + " " + count(f.qty) + " at " + price(f.price));
}

function orderLine(o) {
	return el("li", {}, time(o.created), " " + o.role + ": " + o.side + " " + words(o.type) +
		", " + words(o.status) + (o.refusal ? ": " + o.refusal.message : ""));
}

function section(title, list, line) {
	if (list.length === 0) return [];
	return [el("h3", {}, title), el("ol", { class: "chain" }, ...list.map((x) => line(x)))];
}

function chain(w) {
	const t = w.trade;
	const sum = el("p", {}, t.side + " " + count(t.qty) + " " + t.symbol + " of " +
		(t.instance || DASH) + ": " + words(t.exit_reason || t.state) + ", in at " +
		price(t.entry) + ", out at " + price(t.exit) + ", ", change(t.pnl, t.pnl_ratio));
	const roles = new Map();
	for (const o of w.orders) roles.set(o.client_order_id, o.role).set(o.id, o.role);
	return [
		sum,
		...section("Decisions", w.notes, (n) => noteLine(n, roles.get(n.order))),
		...section("Fills", w.fills, fillLine),
		...section("Orders", w.orders, orderLine),
	];
}

async function showWhy(id) {
	const box = $("why-body");
	$("why-title").textContent = "Why " + id;
	box.replaceChildren(el("p", { class: "quiet" }, "Reading\u2026"));
	$("why").showModal();
	try {
		const w = await get("/api/v1/why?id=" + encodeURIComponent(id));
		box.replaceChildren(...chain(w));
	} catch (e) {
		box.replaceChildren(el("p", {}, "Could not be read: " + e.message));
	}
}

/* ---- what is pressed: one listener, since rows come and go */

document.addEventListener("click", (e) => {
	const b = e.target.closest("button");
	if (!b) return;
	if (b.id === "flatten") flatten();
	else if (b.id === "why-close") $("why").close();
	else if (b.dataset.do) command(b.dataset.do, b.dataset.instance);
	else if (b.dataset.why) showWhy(b.dataset.why);
	else if (b.dataset.all) {
		const id = b.dataset.all;
		if (!shownWhole.delete(id)) shownWhole.add(id);
		show(id);
	}
});

window.addEventListener("resize", () => requestAnimationFrame(drawCurve));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCurve);
setInterval(showBanner, 1000);
showBanner();
listen();
