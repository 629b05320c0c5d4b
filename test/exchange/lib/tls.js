/* Something that speaks TLS before an exchange that does not: a certificate made for this run, and
 * a server that passes the bytes on. */
"use strict";

const { spawnSync } = require("child_process");
const fs = require("fs");
const net = require("net");
const os = require("os");
const path = require("path");
const tls = require("tls");

function make(folder) {
	const made = spawnSync(
		"openssl",
		[
			"req",
			"-x509",
			"-newkey",
			"ec",
			"-pkeyopt",
			"ec_paramgen_curve:prime256v1",
			"-nodes",
			"-days",
			"2",
			"-subj",
			"/CN=localhost",
			"-addext",
			"subjectAltName=DNS:localhost",
			"-keyout",
			path.join(folder, "key.pem"),
			"-out",
			path.join(folder, "cert.pem")
		],
		{ encoding: "utf8" }
	);

	if (made.status !== 0)
		throw new Error("openssl made no certificate: " + (made.error || made.stderr));
}

/* node reads NODE_EXTRA_CA_CERTS only when it starts: so the test starts itself again. */
function behindTls() {
	if (process.env.GAMBLER_TEST_TLS === undefined) {
		const folder = fs.mkdtempSync(path.join(os.tmpdir(), "gambler-tls-"));
		let again;
		try {
			make(folder);
			again = spawnSync(process.execPath, process.argv.slice(1), {
				stdio: "inherit",
				env: {
					...process.env,
					GAMBLER_TEST_TLS: folder,
					NODE_EXTRA_CA_CERTS: path.join(folder, "cert.pem")
				}
			});
		} finally {
			fs.rmSync(folder, { recursive: true });
		}
		process.exit(again.status === null ? 1 : again.status);
	}
	const folder = process.env.GAMBLER_TEST_TLS;
	const key = fs.readFileSync(path.join(folder, "key.pem"));
	const cert = fs.readFileSync(path.join(folder, "cert.pem"));

	return {
		/* The https:// address before that port. */
		before(port) {
			const server = tls.createServer({ key, cert }, (from) => {
				const on = net.connect(port, "127.0.0.1");
				from.on("error", () => on.destroy());
				on.on("error", () => from.destroy());
				from.pipe(on);
				on.pipe(from);
			});
			return new Promise((r) =>
				server.listen(0, "127.0.0.1", () =>
					r(`https://localhost:${server.address().port}`)
				)
			);
		}
	};
}

module.exports = { behindTls };
