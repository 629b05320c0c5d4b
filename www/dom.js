"use strict";
/* What both pages share: elements, tables, and how numbers and instants are written. Broker and
   user text only ever becomes textContent. */

const $ = (id) => document.getElementById(id);
const ROWS = 12; // of a list, until the rest is asked for
const shownWhole = new Set(); // lists that are shown whole, by id

/* ---- making elements */

function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [k, v] of Object.entries(attributes || {})) {
		if (v === null || v === undefined || v === false) continue;
		e.setAttribute(k, v === true ? "" : v);
	}
	for (const c of children) if (c !== null && c !== undefined) e.append(c);
	return e;
}

/* Makes `old` look like `fresh`, and keeps every element that can stay: what is focused,
   pressed or unfolded stays so. Children with data-key are found again by it. */
function morph(oldRoot, freshRoot) {
	const pairs = [[oldRoot, freshRoot]];
	while (pairs.length) {
		const [old, fresh] = pairs.pop();
		for (const a of [...fresh.attributes])
			if (old.getAttribute(a.name) !== a.value) old.setAttribute(a.name, a.value);
		for (const a of [...old.attributes])
			if (!fresh.hasAttribute(a.name) && a.name !== "open")
				old.removeAttribute(a.name);
		const keyed = new Map();
		for (const c of old.children) if (c.dataset.key) keyed.set(c.dataset.key, c);
		let at = old.firstChild;
		for (const f of [...fresh.childNodes]) {
			const key = f.nodeType === 1 ? f.dataset.key : undefined;
			let o = key ? keyed.get(key) : at;
			if (!key && o && o.nodeType === 1 && o.dataset.key) o = undefined;
			if (!o || o.nodeName !== f.nodeName) {
				old.insertBefore(f, at);
				continue;
			}
			if (o !== at) old.insertBefore(o, at);
			else at = at.nextSibling;
			if (f.nodeType === 3) {
				if (o.data !== f.data) o.data = f.data;
			} else pairs.push([o, f]);
		}
		while (at) {
			const next = at.nextSibling;
			at.remove();
			at = next;
		}
	}
}

function put(id, ...children) {
	const box = $(id);
	const fresh = box.cloneNode(false);
	fresh.append(...children);
	morph(box, fresh);
}

/* ---- numbers and instants; what is not known is a dash */

const DASH = "\u2013";
const MINUS = "\u2212";

function known(s) {
	return s !== null && s !== undefined && s !== "" && Number.isFinite(Number(s));
}

function money(s, places = 2) {
	if (!known(s)) return DASH;
	const n = Number(s);
	const t = Math.abs(n).toLocaleString("en-US", {
		minimumFractionDigits: places,
		maximumFractionDigits: places,
	});
	return (n < 0 && /[1-9]/.test(t) ? MINUS : "") + t;
}

function price(s) {
	return known(s) ? money(s, Math.abs(Number(s)) < 1 ? 4 : 2) : DASH;
}

function count(s) {
	return known(s) ? Number(s).toLocaleString("en-US").replace("-", MINUS) : DASH;
}

/* Gain or loss: sign, arrow and colour. */
function change(s, ratio) {
	if (!known(s)) return el("span", {}, DASH);
	const n = Math.round(Number(s) * 100) / 100;
	const sign = n > 0 ? "+" : n < 0 ? MINUS : "";
	let t = (n > 0 ? "\u25B2 " : n < 0 ? "\u25BC " : "") + sign + money(Math.abs(n));
	if (known(ratio)) t += " (" + sign + Math.abs(ratio * 100).toFixed(2) + "%)";
	return el("span", { class: n > 0 ? "up" : n < 0 ? "down" : null }, t);
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

function instant(s) {
	return s ? timeFormat.format(new Date(s)).replace(",", "") + " ET" : DASH;
}

function time(s) {
	return s ? el("time", { datetime: s }, instant(s)) : el("span", {}, DASH);
}

function span(seconds) {
	if (!known(seconds)) return DASH;
	const s = Math.round(seconds);
	if (s < 90) return s + " s";
	if (s < 5400) return Math.round(s / 60) + " min";
	if (s < 172800) return (s / 3600).toFixed(1) + " h";
	return (s / 86400).toFixed(1) + " d";
}

function words(s) {
	return s ? s.replace(/_/g, " ") : DASH;
}

function seconds(from, to) {
	return (new Date(to) - new Date(from)) / 1000;
}

/* ---- tables: on narrow screens each row becomes a card, by CSS */

function table(id, caption, columns, rows, key, empty) {
	$("n-" + id).textContent = rows.length;
	if (rows.length === 0) return put(id, el("p", { class: "quiet" }, empty));
	const head = el("tr", {});
	for (const c of columns) {
		const name = c.name || el("span", { class: "visually-hidden" }, c.title);
		head.append(el("th", { scope: "col", class: c.num ? "num" : null }, name));
	}
	const body = el("tbody", {});
	const shown = shownWhole.has(id) ? rows : rows.slice(0, ROWS);
	for (const r of shown) {
		const tr = el("tr", { "data-key": "row-" + key(r) });
		for (const c of columns) {
			const attributes = { class: c.num ? "num" : c.name ? null : "act" };
			attributes["data-name"] = c.name;
			tr.append(el("td", attributes, c.cell(r) ?? DASH));
		}
		body.append(tr);
	}
	const parts = [
		el("table", {}, el("caption", { class: "visually-hidden" }, caption),
			el("thead", {}, head), body),
	];
	if (rows.length > ROWS) {
		const text = shownWhole.has(id) ? "Show fewer" : "Show all " + rows.length;
		parts.push(el("button", { type: "button", class: "more", "data-all": id }, text));
	}
	put(id, ...parts);
}
