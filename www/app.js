"use strict";
/* The dashboard. Everything comes from the API: /events brings the whole status whenever
   something changed, lists are fetched when their counters move. Broker and user text only
   ever becomes textContent. Money stays text until it is shown. */

const $ = (id) => document.getElementById(id);
const STALE_MS = 5000; // nothing heard for so long: say so
const state = {
	status: null,
	heard: 0,
	token: sessionStorage.getItem("token") || "",
	trades: -1,
	orders: -1,
	curve: [],
	curveAt: 0,
	retry: 500,
	open: new Set(),
};

/* ---- making elements and text */

function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attributes || {})) {
		if (v === null || v === undefined || v === false) continue;
		if (k === "class") e.className = v;
		else e.setAttribute(k, v === true ? "" : v);
	}
	for (const c of children) if (c !== null && c !== undefined) e.append(c);
	return e;
}

const DASH = "\u2013";
const MINUS = "\u2212";

function money(s, places = 2) {
	if (s === null || s === undefined) return DASH;
	const n = Number(s);
	if (!Number.isFinite(n)) return DASH;
	const t = Math.abs(n).toLocaleString("en-US", {
		minimumFractionDigits: places,
		maximumFractionDigits: places,
	});
	return (n < 0 && Number(t.replace(/,/g, "")) !== 0 ? MINUS : "") + t;
}

function price(s) {
	if (s === null || s === undefined) return DASH;
	return money(s, Math.abs(Number(s)) < 1 ? 4 : 2);
}

/* Gain or loss: sign, arrow and colour. */
function change(s, ratio) {
	if (s === null || s === undefined) return el("span", {}, DASH);
	const n = Math.round(Number(s) * 100) / 100;
	const sign = n > 0 ? "+" : n < 0 ? MINUS : "";
	const arrow = n > 0 ? " \u25B2" : n < 0 ? " \u25BC" : "";
	let t = sign + money(Math.abs(n));
	if (ratio !== null && ratio !== undefined)
		t +=
			" (" +
			(ratio > 0 ? "+" : ratio < 0 ? MINUS : "") +
			Math.abs(ratio * 100).toFixed(2) +
			"%)";
	return el("span", { class: n > 0 ? "up" : n < 0 ? "down" : "" }, t + arrow);
}

const timeFormat = new Intl.DateTimeFormat("en-GB", {
	timeZone: "America/New_York",
	month: "short",
	day: "2-digit",
	hour: "2-digit",
	minute: "2-digit",
	second: "2-digit",
	hourCycle: "h23",
});

function time(s) {
	if (!s) return el("span", {}, DASH);
	return el("time", { datetime: s }, timeFormat.format(new Date(s)).replace(",", "") + " ET");
}

function span(seconds) {
	if (seconds === null || seconds === undefined) return DASH;
	const s = Math.round(seconds);
	if (s < 90) return s + " s";
	if (s < 5400) return Math.round(s / 60) + " min";
	if (s < 172800) return (s / 3600).toFixed(1) + " h";
	return (s / 86400).toFixed(1) + " d";
}

/* ---- tables: on narrow screens each row becomes a card, by CSS */

function table(caption, columns, rows, empty) {
	if (rows.length === 0) return el("p", { class: "quiet" }, empty);
	const t = el("table", {}, el("caption", { class: "visually-hidden" }, caption));
	t.append(
		el(
			"thead",
			{},
			el(
				"tr",
				{},
				...columns.map((c) =>
					el(
						"th",
						{ scope: "col", class: c.num ? "num" : null },
						c.name,
					),
				),
			),
		),
	);
	const body = el("tbody", {});
	for (const r of rows)
		body.append(
			el(
				"tr",
				{},
				...columns.map((c) => {
					const td = el("td", {
						class: c.num ? "num" : null,
						"data-name": c.name,
					});
					td.append(c.cell(r) ?? DASH);
					return td;
				}),
			),
		);
	t.append(body);
	return t;
}

function put(id, node) {
	const box = $(id);
	const focused = box.contains(document.activeElement)
		? document.activeElement.getAttribute("data-key")
		: null;
	box.replaceChildren(node);
	if (focused) box.querySelector('[data-key="' + CSS.escape(focused) + '"]')?.focus();
}

function whyButton(id) {
	const b = el(
		"button",
		{ type: "button", class: "link", "data-key": id, "aria-label": "Why " + id },
		"why",
	);
	b.addEventListener("click", () => showWhy(id));
	return b;
}

function showPositions(list) {
	$("n-positions").textContent = list.length;
	put(
		"positions",
		table(
			"Open positions",
			[
				{ name: "Symbol", cell: (p) => p.symbol },
				{ name: "Side", cell: (p) => p.side },
				{ name: "Shares", num: true, cell: (p) => money(p.qty, 0) },
				{ name: "Entry", num: true, cell: (p) => price(p.entry) },
				{ name: "Last", num: true, cell: (p) => price(p.last) },
				{
					name: "Stop",
					num: true,
					cell: (p) =>
						p.protected
							? price(p.stop)
							: el("span", { class: "alarm" }, "none"),
				},
				{ name: "Target", num: true, cell: (p) => price(p.target) },
				{ name: "P&L", num: true, cell: (p) => change(p.pnl, p.pnl_ratio) },
				{ name: "Age", num: true, cell: (p) => span(p.age_s) },
				{ name: "Instance", cell: (p) => p.instance },
				{ name: "", cell: (p) => whyButton(p.trade) },
			],
			list,
			"Flat. An entry needs every condition at once; the funnel of each instance shows which one is missing.",
		),
	);
}

function showTrades(list) {
	$("n-trades").textContent = list.length;
	put(
		"trades",
		table(
			"Round trips, newest first",
			[
				{ name: "Opened", cell: (t) => time(t.opened || t.signal) },
				{ name: "Symbol", cell: (t) => t.symbol },
				{ name: "Side", cell: (t) => t.side },
				{ name: "Shares", num: true, cell: (t) => money(t.qty, 0) },
				{ name: "Entry", num: true, cell: (t) => price(t.entry) },
				{ name: "Exit", num: true, cell: (t) => price(t.exit) },
				{ name: "P&L", num: true, cell: (t) => change(t.pnl, t.pnl_ratio) },
				{ name: "For", num: true, cell: (t) => span(t.duration_s) },
				{ name: "Ended by", cell: (t) => t.exit_reason || t.state },
				{ name: "", cell: (t) => whyButton(t.trade) },
			],
			list,
			"No trade yet.",
		),
	);
}

function showOrders(list) {
	$("n-orders").textContent = list.length;
	put(
		"orders",
		table(
			"Orders, newest first",
			[
				{ name: "Time", cell: (o) => time(o.created) },
				{ name: "Symbol", cell: (o) => o.symbol },
				{ name: "Role", cell: (o) => o.role },
				{ name: "Side", cell: (o) => o.side },
				{ name: "Type", cell: (o) => o.type },
				{
					name: "Filled",
					num: true,
					cell: (o) => money(o.filled_qty, 0) + "/" + money(o.qty, 0),
				},
				{
					name: "Price",
					num: true,
					cell: (o) =>
						price(
							o.filled_avg_price ||
								o.stop_price ||
								o.limit_price,
						),
				},
				{
					name: "Status",
					cell: (o) =>
						o.refusal
							? o.status + ": " + o.refusal.message
							: o.status,
				},
			],
			list,
			"No order yet.",
		),
	);
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
			el(
				"li",
				{},
				el("span", {}, f.condition.replace(/_/g, " ")),
				el("meter", {
					min: 0,
					max: most,
					value: f.rejected,
					"aria-label": f.condition,
				}),
				el("span", { class: "num" }, f.rejected.toLocaleString("en-US")),
			),
		);
	const d = el(
		"details",
		{ "data-key": "funnel-" + i.name, open: state.open.has(i.name) },
		el(
			"summary",
			{ "data-key": "summary-" + i.name },
			i.bars.toLocaleString("en-US") +
				" bars seen, " +
				i.signals +
				" signals, " +
				i.entries +
				" entries: what held the rest back",
		),
		list,
	);
	d.addEventListener("toggle", () =>
		d.open ? state.open.add(i.name) : state.open.delete(i.name),
	);
	return d;
}

function instanceState(i) {
	if (i.kill !== "run") return el("span", { class: "alarm" }, i.kill.replace(/_/g, " "));
	if (i.breaker)
		return el(
			"span",
			{ class: "alarm" },
			i.state + ": " + i.breaker.replace(/_/g, " "),
		);
	return i.state;
}

function showInstances(list) {
	const box = el("div", { class: "cards" });
	for (const i of list) {
		const paused = i.state === "paused";
		const b = el(
			"button",
			{
				type: "button",
				"data-key": "pause-" + i.name,
				"aria-label": (paused ? "Resume " : "Pause ") + i.name,
			},
			paused ? "Resume" : "Pause",
		);
		b.addEventListener("click", () => command(paused ? "resume" : "pause", i.name));
		box.append(
			el(
				"article",
				{ class: "card" },
				el(
					"div",
					{ class: "head" },
					el("h3", {}, i.name),
					el("span", {}, instanceState(i)),
					b,
				),
				el(
					"p",
					{ class: "quiet symbols" },
					i.strategy +
						", " +
						i.timeframe_s / 60 +
						" min: " +
						i.symbols.join(" "),
				),
				el(
					"dl",
					{ class: "pairs" },
					pair("Positions", i.positions + " of " + i.max_positions),
					pair("Trades today", String(i.trades_day)),
					pair(
						"Win rate",
						i.win_rate === null
							? DASH
							: (i.win_rate * 100).toFixed(0) +
									"% of " +
									i.trades,
					),
					pair("P&L today", change(i.pnl_day)),
					pair("Open P&L", change(i.open_pnl)),
					pair("P&L", change(i.pnl)),
				),
				funnel(i),
			),
		);
	}
	put("instances", box);
}

/* ---- the top bar */

function left(s) {
	const seconds = (new Date(s) - new Date(state.status.market.now)) / 1000;
	return seconds > 0 ? span(seconds) : "now";
}

function showTop(s) {
	document.title =
		(s.positions_open ? "(" + s.positions_open + ") " : "") + "gambler " + s.mode;
	$("mode").textContent = s.mode;
	$("mode").className = "mode " + s.mode;
	$("state").textContent = s.state.replace(/_/g, " ");
	$("state").className = s.state === "running" ? "" : "alarm";
	const m = s.market;
	$("market").replaceChildren(
		m.open
			? "open, closes in " + left(m.next_close)
			: "closed, opens in " + left(m.next_open),
	);
	$("market").title = "Market time: " + time(m.now).textContent;
	const age = s.links.data_age_s;
	$("data").textContent =
		age === null
			? "none yet"
			: m.open && age > 600
				? "stale, " + span(age)
				: span(Math.max(0, age)) + " old";
	$("data").className = m.open && (age === null || age > 600) ? "alarm" : "";
	$("equity").textContent = s.account ? "$" + money(s.account.equity) : DASH;
	$("day").replaceChildren(
		s.account ? change(s.account.day_pnl, s.account.day_pnl_ratio) : DASH,
	);
	const halted = s.kill !== "run";
	$("halt").textContent = halted ? "Resume" : "Halt";
	$("halt").className = halted ? "" : "danger";
	$("pause").textContent = s.state === "paused" ? "Resume" : "Pause";
	$("pause").hidden = halted;
	$("foot").textContent =
		"gambler " +
		s.version +
		", up " +
		span(s.uptime_s) +
		", session " +
		s.session +
		", " +
		s.links.requests.toLocaleString("en-US") +
		" requests, " +
		s.links.bars.toLocaleString("en-US") +
		" bars, market time " +
		time(m.now).textContent +
		(s.links.foreign_positions
			? ", " + s.links.foreign_positions + " positions of others in the account"
			: "");
}

function banner(text) {
	const b = $("banner");
	b.hidden = !text;
	if (b.textContent !== (text || "")) b.textContent = text || "";
}

function showBanner() {
	const s = state.status;
	if (!s || Date.now() - state.heard > STALE_MS)
		banner(
			s
				? "No word from gambler for " +
						span((Date.now() - state.heard) / 1000) +
						": these numbers are old. Reconnecting\u2026"
				: "Connecting\u2026",
		);
	else if (s.kill !== "run")
		banner(
			"Trading is in state \u201C" +
				s.kill.replace(/_/g, " ") +
				"\u201D" +
				(s.killed_by ? " by " + s.killed_by : "") +
				": nothing new is opened; stops stay at the broker.",
		);
	else if (s.positions.some((p) => !p.protected))
		banner("A position has no stop at the broker. gambler is placing one.");
	else if (s.links.trouble && s.state !== "running") banner(s.links.trouble);
	else banner("");
	document.body.classList.toggle("old", Date.now() - state.heard > STALE_MS);
}

/* ---- equity curve: drawn when it changed, smallest and largest per pixel column */

function drawCurve() {
	const c = $("curve"),
		points = state.curve,
		ratio = window.devicePixelRatio || 1;
	const w = c.clientWidth,
		h = c.clientHeight,
		g = c.getContext("2d");
	if (!w) return;
	c.width = w * ratio;
	c.height = h * ratio;
	g.scale(ratio, ratio);
	const style = getComputedStyle(document.documentElement);
	const line = style.getPropertyValue("--accent").trim(),
		quiet = style.getPropertyValue("--quiet").trim();
	if (points.length < 2) return;
	let low = Infinity,
		high = -Infinity;
	for (const p of points) {
		low = Math.min(low, p);
		high = Math.max(high, p);
	}
	const pad = (high - low) * 0.1 || 1,
		left = 78;
	low -= pad;
	high += pad;
	const x = (i) => left + (i / (points.length - 1)) * (w - left - 6),
		y = (v) => 8 + (1 - (v - low) / (high - low)) * (h - 16);
	g.font = "12px system-ui, sans-serif";
	g.fillStyle = quiet;
	g.strokeStyle = style.getPropertyValue("--line").trim();
	for (let k = 0; k <= 2; k++) {
		const v = low + ((high - low) * k) / 2;
		g.beginPath();
		g.moveTo(left, y(v));
		g.lineTo(w, y(v));
		g.stroke();
		g.fillText(money(v, 0), 2, Math.min(h - 3, Math.max(11, y(v) + 4)));
	}
	g.strokeStyle = line;
	g.lineWidth = 1.8;
	g.beginPath();
	const columns = Math.max(1, Math.floor(w - left)),
		step = Math.max(1, Math.floor(points.length / columns));
	for (let i = 0; i < points.length; i += step) {
		let a = points[i],
			b = a;
		for (let k = i; k < Math.min(points.length, i + step); k++) {
			a = Math.min(a, points[k]);
			b = Math.max(b, points[k]);
		}
		g.lineTo(x(i), y(a));
		if (b !== a) g.lineTo(x(i), y(b));
	}
	g.lineTo(x(points.length - 1), y(points[points.length - 1]));
	g.stroke();
}

function curveText(list) {
	if (list.length === 0) return "No points yet.";
	const first = Number(list[0].equity),
		last = Number(list[list.length - 1].equity);
	let peak = -Infinity,
		drawdown = 0;
	for (const p of list) {
		peak = Math.max(peak, Number(p.equity));
		drawdown = Math.max(drawdown, (peak - Number(p.equity)) / peak);
	}
	return (
		"From " +
		money(first) +
		" to " +
		money(last) +
		" dollars, largest fall from a peak " +
		(drawdown * 100).toFixed(2) +
		"%."
	);
}

/* ---- talking to gambler */

function headers(extra) {
	return state.token ? { ...extra, Authorization: "Bearer " + state.token } : { ...extra };
}

async function get(path) {
	const r = await fetch(path, { headers: headers(), cache: "no-store" });
	if (r.status === 401) {
		await askToken();
		return get(path);
	}
	if (!r.ok) throw new Error(path + ": " + r.status);
	return r.json();
}

async function command(what, instance) {
	const r = await fetch("/api/v1/" + what, {
		method: "POST",
		headers: headers({ "Content-Type": "application/json" }),
		body: JSON.stringify(instance ? { instance } : {}),
	}).catch(() => null);
	if (r && r.status === 401) {
		await askToken();
		return command(what, instance);
	}
	$("said").textContent = r && r.ok ? what + " accepted" : what + " was not accepted";
	if (!r || !r.ok)
		banner(what + " was not accepted" + (r ? ": " + r.status : ": no connection"));
}

async function refresh(s) {
	if (s.trades_seq !== state.trades) {
		state.trades = s.trades_seq;
		showTrades(await get("/api/v1/trades?limit=100"));
	}
	if (s.orders_seq !== state.orders) {
		state.orders = s.orders_seq;
		showOrders(await get("/api/v1/orders?limit=100"));
	}
	if (Date.now() - state.curveAt > 5000) {
		state.curveAt = Date.now();
		const list = await get("/api/v1/equity");
		state.curve = list.map((p) => Number(p.equity));
		$("curve-text").textContent = curveText(list);
		requestAnimationFrame(drawCurve);
	}
}

let busy = false;

async function onStatus(s) {
	state.status = s;
	state.heard = Date.now();
	state.retry = 500;
	showTop(s);
	showPositions(s.positions);
	showInstances(s.instances);
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
async function listen() {
	for (;;) {
		try {
			const r = await fetch("/events", {
				headers: headers({ Accept: "text/event-stream" }),
				cache: "no-store",
			});
			if (r.status === 401) {
				await askToken();
				continue;
			}
			if (!r.ok) throw new Error(String(r.status));
			const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
			let text = "";
			for (;;) {
				const { value, done } = await reader.read();
				if (done) break;
				text += value;
				const parts = text.split("\n\n");
				text = parts.pop();
				const data = parts.length
					? parts[parts.length - 1]
							.split("\n")
							.find((l) => l.startsWith("data: "))
					: null;
				if (data) await onStatus(JSON.parse(data.slice(6)));
			}
		} catch {
			/* said by the banner */
		}
		state.trades = state.orders = -1;
		showBanner();
		await new Promise((go) => setTimeout(go, state.retry * (0.5 + Math.random() / 2)));
		state.retry = Math.min(state.retry * 2, 5000);
	}
}

/* ---- dialogs */

function ask(title, text, label, password) {
	return new Promise((answer) => {
		const d = $("ask"),
			input = $("ask-word");
		$("ask-title").textContent = title;
		$("ask-text").textContent = text;
		$("ask-label").textContent = label;
		input.value = "";
		input.type = password ? "password" : "text";
		d.returnValue = "cancel";
		d.addEventListener(
			"close",
			() => answer(d.returnValue === "ok" ? input.value : null),
			{ once: true },
		);
		d.showModal();
		input.focus();
	});
}

$("ask-word").addEventListener("keydown", (e) => {
	if (e.key === "Enter") {
		e.preventDefault();
		$("ask").close("ok");
	}
});

let asking = null;

function askToken() {
	asking ??= ask(
		"Token",
		"This gambler wants its token ([server] token in gambler.ini).",
		"Token",
		true,
	).then((t) => {
		asking = null;
		state.token = (t || "").trim();
		sessionStorage.setItem("token", state.token);
	});
	return asking;
}

$("halt").addEventListener("click", () =>
	command(state.status && state.status.kill !== "run" ? "resume" : "halt"),
);
$("pause").addEventListener("click", () =>
	command(state.status && state.status.state === "paused" ? "resume" : "pause"),
);
$("flatten").addEventListener("click", async () => {
	const word = await ask(
		"Flatten everything",
		"Cancels all entries and closes every position of every instance at the market. Nothing new is opened until Resume.",
		"Type flatten to confirm",
	);
	if (word !== null && word.trim().toLowerCase() === "flatten") command("flatten");
	else if (word !== null) banner("Not flattened: the word was not \u201Cflatten\u201D.");
});

function noteLine(n) {
	const parts = [n.what, n.meaning, n.text]
		.filter(Boolean)
		.map((x) => String(x).replace(/_/g, " "));
	const values = n.values
		.map((v) =>
			typeof v === "object" && v
				? Object.entries(v)
						.map(([k, x]) => k + " " + x)
						.join()
				: v,
		)
		.filter((v) => v !== null);
	return el(
		"li",
		{},
		time(n.at),
		" " + parts.join(": ") + (values.length ? " [" + values.join(", ") + "]" : ""),
	);
}

async function showWhy(id) {
	const box = $("why-body");
	$("why-title").textContent = "Why " + id;
	box.replaceChildren(el("p", { class: "quiet" }, "Reading\u2026"));
	$("why").showModal();
	try {
		const w = await get("/api/v1/why?id=" + encodeURIComponent(id));
		box.replaceChildren(
			el("h3", {}, "Decisions"),
			el("ol", { class: "chain" }, ...w.notes.map(noteLine)),
			el("h3", {}, "Fills"),
			el(
				"ol",
				{ class: "chain" },
				...w.fills.map((f) =>
					el(
						"li",
						{},
						time(f.at),
						" " +
							f.role +
							": " +
							f.side +
							" " +
							money(f.qty, 0) +
							" at " +
							price(f.price),
					),
				),
			),
			el("h3", {}, "Orders"),
			el(
				"ol",
				{ class: "chain" },
				...w.orders.map((o) =>
					el(
						"li",
						{},
						time(o.created),
						" " +
							o.role +
							": " +
							o.side +
							" " +
							o.type +
							", " +
							o.status +
							(o.refusal ? ": " + o.refusal.message : ""),
					),
				),
			),
		);
	} catch (e) {
		box.replaceChildren(el("p", {}, "Could not be read: " + e.message));
	}
}

$("why-close").addEventListener("click", () => $("why").close());
window.addEventListener("resize", () => requestAnimationFrame(drawCurve));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCurve);
setInterval(showBanner, 1000);
showBanner();
listen();
