/* Prism between a driver and the exchange, and a book of what was asked, to be held against the
 * official file. */
"use strict";

const fs = require("fs");
const http = require("http");
const path = require("path");
const { PACKAGES, check, http: fetchOne, modules, start, wait } = require("./exchange");

const yaml = modules("yaml");

function freePort() {
	const s = http.createServer();

	return new Promise((r) =>
		s.listen(0, "127.0.0.1", () => {
			const { port } = s.address();
			s.close(() => r(port));
		})
	);
}

class Prism {
	static async start(file, exchange) {
		const p = new Prism();
		const port = await freePort();

		p.exchange = exchange;
		p.file = file;
		p.url = `http://127.0.0.1:${port}`;
		p.asked = new Map(); // "GET /v2/orders": the parameters and keys sent
		p.child = start(process.execPath, [
			path.join(PACKAGES, ".bin/prism"),
			"proxy",
			file,
			exchange.url,
			"--errors",
			"-h",
			"127.0.0.1",
			"-p",
			String(port)
		]);
		await wait(
			() => p.child.over || p.child.said.includes("Prism is listening"),
			180,
			"Prism listens"
		);
		if (p.child.over)
			throw new Error("Prism did not start: " + p.child.said.slice(0, 2000));
		p.operations = p.read();
		return p;
	}

	/* The operations of the file: method, path as a pattern, parameters, keys of the body. */
	read() {
		const doc = yaml.parse(fs.readFileSync(this.file, "utf8"));
		const follow = (o) =>
			o && o.$ref
				? follow(
						o.$ref
							.slice(2)
							.split("/")
							.reduce((at, k) => at[k], doc)
					)
				: o;
		const all = [];

		for (const [where, item] of Object.entries(doc.paths))
			for (const method of ["get", "post", "put", "patch", "delete"]) {
				if (!item[method]) continue;
				const body = follow(item[method].requestBody);
				const schema =
					body && follow(Object.values(body.content)[0].schema);
				all.push({
					name: `${method.toUpperCase()} ${where}`,
					method: method.toUpperCase(),
					pattern: new RegExp(
						"^" +
							where
								.replace(/[.:]/g, "\\$&")
								.replace(/\{[^}]*\}/g, "[^/]+") +
							"$"
					),
					variable: where.split("{").length,
					query: [
						...(item.parameters || []),
						...(item[method].parameters || [])
					]
						.map(follow)
						.filter((q) => q.in === "query")
						.map((q) => q.name),
					keys: Object.keys((schema && schema.properties) || {})
				});
			}
		/* The most literal path first: /v2/stocks/bars before /v2/stocks/{symbol}. */
		return all.sort((a, b) => a.variable - b.variable);
	}

	operation(method, where) {
		return this.operations.find((o) => o.method === method && o.pattern.test(where));
	}

	/* Asks through Prism; the status has to be one of those wanted, and Prism content. */
	async ask(method, where, want, what = {}) {
		const o = this.operation(method, where);
		const said = `${method} ${where} ${JSON.stringify(what.query || what.body || {})}`;

		check(o, `${method} ${where} is in the official file`);
		if (o) {
			const names = this.asked.get(o.name) || new Set();
			for (const k of Object.keys(what.query || {})) names.add(k);
			for (const k of Object.keys(what.body || {})) names.add(k);
			this.asked.set(o.name, names);
		}
		const a = await fetchOne(method, this.url + where, what);
		const wrong = Prism.complaint(a);
		if (wrong) check(false, `${said}: Prism: ${wrong}`);
		else
			check(
				[].concat(want).includes(a.status),
				`${said} answers ${want}, not ${a.status} ` + a.text.slice(0, 300)
			);
		return a;
	}

	/* What Prism found wrong in that exchange of request and answer; "": nothing. */
	static complaint(a) {
		const type = a.headers.get("content-type") || "";
		const marked = a.headers.get("sl-violations");
		const list = type.includes("problem+json")
			? (a.body && a.body.validation) || []
			: marked
				? JSON.parse(marked)
				: [];
		const words = list
			.filter((v) => v.severity !== "Warning")
			.map((v) => `${v.location.join(".")}: ${v.message}`)
			.join("; ");

		if (type.includes("problem+json") && words === "")
			return `${a.body && a.body.title}: ${a.body && a.body.detail}`;
		return words;
	}

	/* Every parameter and key of every operation that was walked was sent at least once. */
	complete() {
		for (const [name, sent] of this.asked) {
			const o = this.operations.find((p) => p.name === name);
			const missing = [...o.query, ...o.keys].filter((k) => !sent.has(k));
			check(missing.length === 0, `${name}: never sent: ${missing.join(", ")}`);
		}
	}

	/* The exchange is told to answer wrongly, and Prism has to say so. */
	async planted(sentence, where, query, fault) {
		const rule = `request GET ${where}: ${fault}`;
		const told = await this.exchange.call("POST", "/sim/faults", {
			body: { rules: rule }
		});
		const a = await fetchOne("GET", this.url + where, { query });
		const cleared = await this.exchange.call("DELETE", "/sim/faults");

		check(
			told.status === 200 && cleared.status === 200,
			`the fault is known: ${told.text}`
		);
		check(
			Prism.complaint(a) !== "",
			`Prism complains about ${sentence}: ${a.status} ${a.text.slice(0, 200)}`
		);
	}

	stop() {
		this.child.kill("SIGKILL");
	}
}

/* The routes that the exchange serves, "GET /v2/orders/*", out of its own table. */
function served(root) {
	const table = fs.readFileSync(path.join(root, "src/exchange/rest.c"), "utf8");

	return [...table.matchAll(/\{ "(GET|POST|PUT|PATCH|DELETE)",\s+"(\/v[^"]*)",/g)].map(
		(m) => ({ method: m[1], path: m[2] })
	);
}

module.exports = { Prism, served };
