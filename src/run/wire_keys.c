/* wire_keys.c: a key that the broker does not take any more, and new ones. While it is refused
 * nothing is sent to the account but the question for its clock: every other answer would be the
 * same, and many of them look like an attack. What is to be cancelled or closed waits. */
#include "run/wire_inner.h"

#include "base/log.h"

static bool asks_clock(const struct wire *w)
{
	for (uint32_t i = 0; i < w->task_top; i++)
		if (w->task[i].used && w->task[i].kind == TASK_CLOCK)
			return true;
	return false;
}

bool wire_key_refused(struct wire *w, const struct task *t, const struct http_result *r)
{
	struct alpaca_error e;

	if (r->err != OK || t->client >= CLIENT_DATA)
		return false;
	alpaca_read_error(r->body, &e);
	if (alpaca_classify(r->status, &e) != AC_AUTH)
		return false;
	wire_trouble(w, "broker.auth", e.message[0] != 0 ? e.message :
		     "the broker refuses the key");
	if (!w->key_refused)
		log_error("broker.key", "http=%d effect=\"nothing is sent until it is taken again; "
			  "stops stay at the broker\" remedy=\"new keys into key_file, then "
			  "SIGHUP\"", r->status);
	w->key_refused = true;
	w->link.synced = w->sync_counts = false;
	wire_link(w);
	if (!asks_clock(w))
		(void)wire_task(w, TASK_CLOCK, BUCKET_RECONCILE);
	return true;
}

bool wire_key_waits(const struct wire *w, const struct task *t)
{
	return w->key_refused && t->client < CLIENT_DATA && t->kind != TASK_CLOCK;
}

void wire_key_taken(struct wire *w)
{
	if (!w->key_refused)
		return;
	log_warn("broker.key", "why=\"it is taken again\" next=reconcile");
	w->key_refused = false;
	w->sync_wanted = true;
}

void wire_keys_fresh(struct wire *w)
{
	struct config *c = w->l->own;

	if (c == NULL || atomic_load(&w->l->keys_fresh) == 0)
		return;
	bool same = strcmp(c->keys.id.text, c->fresh.id.text) == 0 &&
		    strcmp(c->keys.secret.text, c->fresh.secret.text) == 0;
	c->keys = c->fresh;
	c->fresh = (struct keys){ 0 };
	atomic_store(&w->l->keys_fresh, 0);
	log_warn("broker.keys", "keys=%s next=\"streams anew, reconcile\"",
		 same ? "\"as they were\"" : "new");
	memset(w->rest_wait, 0, sizeof w->rest_wait);
	w->fall.off_until = 0;
	wire_stream_again(w, &w->data, "keys were read");
	wire_stream_again(w, &w->orders, "keys were read");
	w->data.retry_at = w->orders.retry_at = 0;
	w->sync_wanted = true;
}
