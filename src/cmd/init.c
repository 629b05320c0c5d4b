/* init.c: `gambler init`: the sample configuration and the init scripts, from inside. */
#include <stdio.h>
#include <sys/random.h>

#include "base/asset.h"
#include "base/base64.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include "net/hash.h"

#define NEEDS "needs one of ini, rules, systemd, openrc, man, token"
#define TOKEN_BYTES 32		/* nobody guesses 256 bits */

static int print_asset(const char *name)
{
	struct str text = asset_text(name);

	return fwrite(text.s, 1, text.n, stdout) == text.n ? EXIT_DONE : EXIT_FAILED;
}

static void print_line(void *ctx, const char *text)
{
	(void)ctx;
	puts(text);
}

/* For the configuration, which then cannot tell the token. */
static void print_digest(struct str token)
{
	uint8_t digest[SHA256_SIZE];
	char text[2 * SHA256_SIZE + 1];
	struct text t;

	sha256_of(digest, &token, 1);
	text_init(&t, text, sizeof text);
	for (size_t i = 0; i < sizeof digest; i++)
		text_hex(&t, digest[i], 2);
	fprintf(stderr, "For gambler.ini, which is not to tell it:\n[server]\n"
		"token = sha256:%s\n", text_done(&t));
}

/* As base64url, so that it goes through headers and shells as it is. */
static int print_token(void)
{
	uint8_t chance[TOKEN_BYTES];
	char text[BASE64_TEXT(TOKEN_BYTES)];

	if (getrandom(chance, sizeof chance, 0) != (ssize_t)sizeof chance) {
		perror("gambler init token");
		return EXIT_FAILED;
	}
	size_t n = base64_write(text, chance, sizeof chance);
	for (size_t i = 0; i < n; i++)
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	text[n - 1] = '\0';	/* in place of the padding */
	puts(text);
	print_digest(str_of(text));
	return EXIT_DONE;
}

int cmd_init(int argc, char **argv)
{
	struct options o;

	int code = options_read(&o, argc, argv, NULL, NULL);
	if (code != 0)
		return code;
	if (o.argc != 1)
		return usage_error("init", NEEDS, "");
	struct str what = str_of(o.argv[0]);
	if (str_eq(what, STR("ini"))) {
		config_sample(print_line, NULL);
		return EXIT_DONE;
	}
	if (str_eq(what, STR("token")))
		return print_token();
	if (str_eq(what, STR("rules")))
		return print_asset("init/rules.ini");
	if (str_eq(what, STR("systemd")))
		return print_asset("init/systemd");
	if (str_eq(what, STR("openrc")))
		return print_asset("init/openrc");
	if (str_eq(what, STR("man")))
		return print_asset("init/gambler.1");
	return usage_error("init", NEEDS ", not", o.argv[0]);
}
