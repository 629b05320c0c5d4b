/* What the tests with other people's programs share: checks, an exchange in lockstep, a clock
 * to step it by, and the packages that npm put into the folder GAMBLER_NPM, or build/npm. */
"use strict";

const { spawn } = require("child_process");
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");

const ROOT = path.resolve(__dirname, "../../..");
const NAME = path.basename(process.argv[1]);
const KEYS = { "APCA-API-KEY-ID": "PKTEST", "APCA-API-SECRET-KEY": "secret" };
const NPM = process.env.GAMBLER_NPM || path.join(ROOT, "build/npm");
const PACKAGES = path.join(NPM, "node_modules");
const ACTIONS = path.join(__dirname, "actions.csv"); // splits and dividends of March 2026
const modules = createRequire(path.join(PACKAGES, "x.js")); /* require, of what npm brought */
const children = new Set();
const counted = { passed: 0, failed: 0 };

function check(holds, sentence) {
	counted[holds ? "passed" : "failed"]++;
	if (!holds) {
		const where = new Error().stack
			.split("\n")
			.find((s) => !s.includes("check (") && s.includes(NAME));
		const line = where ? where.match(/:(\d+):\d+/)[1] : "?";
		console.log(`${NAME}:${line}: not so: ${sentence}`);
	}
	return Boolean(holds);
}

function finish() {
	console.log(`${NAME}: ${counted.passed} passed, ${counted.failed} failed`);
	process.exit(counted.failed > 0 ? 1 : 0);
}

/* A test that cannot be run here says why in one line and is no failure. */
function leaveOut(why) {
	console.log(`${NAME}: left out: ${why}`);
	process.exit(0);
}

process.on("exit", () => {
	for (const c of children) c.kill("SIGKILL");
});
for (const s of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(s, () => process.exit(1));

/* Runs main; whatever it throws is a failure with its stack, and nothing may hang. */
function run(main, seconds = 300) {
	setTimeout(() => {
		console.log(`${NAME}: not done after ${seconds} seconds`);
		process.exit(1);
	}, seconds * 1000).unref();
	main().then(finish, (e) => {
		console.log(`${NAME}: ${e.stack}`);
		counted.failed++;
		finish();
	});
}

/* A part of a test that throws is a failure, and the next part goes on. */
async function part(what, ...args) {
	try {
		await what(...args);
	} catch (e) {
		counted.failed++;
		console.log(
			`${NAME}: ${what.name}: ${e.stack
				.split("\n")
				.filter((s) => !s.includes("node_modules"))
				.slice(0, 4)
				.join("\n")}`
		);
	}
}

function start(command, args, options = {}) {
	const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });

	children.add(child);
	child.said = "";
	for (const s of [child.stdout, child.stderr])
		s.on("data", (d) => {
			child.said += d;
		});
	child.on("exit", () => {
		child.over = true;
		children.delete(child);
	});
	return child;
}

async function wait(what, seconds, sentence) {
	const until = Date.now() + seconds * 1000;

	for (;;) {
		const answer = await what();
		if (answer) return answer;
		if (Date.now() > until)
			throw new Error(`after ${seconds} seconds still not so: ${sentence}`);
		await new Promise((r) => setTimeout(r, 5));
	}
}

/* An answer: status, headers, text, and body where the text is JSON. */
async function http(method, url, { query, body, headers } = {}) {
	const words = new URLSearchParams(query || {}).toString();
	const r = await fetch(url + (words ? "?" + words : ""), {
		method,
		headers: {
			...KEYS,
			...(body !== undefined ? { "Content-Type": "application/json" } : {}),
			...headers
		},
		body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
		redirect: "error"
	});
	const text = await r.text();
	let parsed;

	try {
		parsed = text === "" ? null : JSON.parse(text);
	} catch {
		parsed = undefined;
	}
	return { status: r.status, headers: r.headers, text, body: parsed };
}

/* `gambler exchange` in lockstep with one client: this test. */
class Exchange {
	static async start(...options) {
		const x = new Exchange();
		const env = {
			...process.env,
			APCA_API_KEY_ID: KEYS["APCA-API-KEY-ID"],
			APCA_API_SECRET_KEY: KEYS["APCA-API-SECRET-KEY"]
		};

		x.child = start(
			process.env.GAMBLER || path.join(ROOT, "gambler"),
			[
				"exchange",
				"--speed",
				"max",
				"--listen",
				"127.0.0.1:0",
				"--start",
				"2026-03-02",
				"--until",
				"2026-03-13",
				...options
			],
			{ env }
		);
		const found = await wait(
			() =>
				x.child.over
					? [x.child.said]
					: x.child.said.match(/http:\/\/127\.0\.0\.1:(\d+)/),
			10,
			"the exchange says its port"
		);
		if (found[1] === undefined)
			throw new Error("the exchange did not start: " + found[0]);
		x.port = Number(found[1]);
		x.url = `http://127.0.0.1:${x.port}`;
		const joined = await x.call("POST", "/sim/join", { body: { client: "test" } });
		x.n = joined.body.n;
		x.now = joined.body.now;
		return x;
	}

	call(method, where, what) {
		return http(method, this.url + where, what);
	}

	async get(where, query) {
		return (await this.call("GET", where, { query })).body;
	}

	/* On to the next instant of the market. */
	async step() {
		const { status, body, text } = await this.call("POST", "/sim/ack", {
			body: { client: "test", n: this.n, wait: true }
		});

		if (status !== 200) throw new Error(`the clock: ${status} ${text}`);
		this.n = body.n;
		this.now = body.now;
		this.open = body.open;
		this.end = body.end;
	}

	async steps(n) {
		for (let i = 0; i < n; i++) await this.step();
	}

	/* The first true answer of what(), asked between instants; false when none comes. */
	async until(what, most = 3000) {
		for (let i = 0; i < most; i++) {
			const answer = await what();
			if (answer) return answer;
			if (this.end) return false;
			await this.step();
		}
		return false;
	}

	opened() {
		return this.until(() => this.open);
	}

	/* The order, once it has one of these states. */
	reaches(id, ...states) {
		return this.until(async () => {
			const o = await this.get("/v2/orders/" + id);
			return states.includes(o.status) && o;
		});
	}

	/* True while the market stands still, as connecting does. */
	ready(what) {
		return wait(what, 60, "the streams are ready");
	}

	async last(symbol) {
		return (await this.get(`/v2/stocks/${symbol}/trades/latest`)).trade.p;
	}

	stop() {
		this.child.kill("SIGTERM");
	}
}

/* The newest of the official files with that beginning; undefined: none. */
function specification(name, ending = ".yaml") {
	const folder = process.env.GAMBLER_SPECS;

	if (!folder || !fs.existsSync(folder)) return undefined;
	const files = fs
		.readdirSync(folder)
		.filter((f) => f.startsWith(name) && f.endsWith(ending))
		.sort();
	return files.length ? path.join(folder, files[files.length - 1]) : undefined;
}

module.exports = {
	ACTIONS,
	ROOT,
	KEYS,
	PACKAGES,
	check,
	finish,
	http,
	leaveOut,
	modules,
	part,
	run,
	start,
	wait,
	Exchange,
	specification
};
