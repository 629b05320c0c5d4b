/* backtest_loop.c: the peer of backtest.sh: mean reversion written by hand over arrays, and
 * nothing else. Bollinger 20/2.5, RSI 14, volume above 3 times the mean of 20, stop 1 %, target
 * 5 %, the middle band, 30 minutes, flat 15 minutes before the close; fills at the next open.
 *
 *	backtest_loop make DIR SYMBOLS SESSIONS    writes CSV files of made-up 5-minute bars
 *	backtest_loop run DIR ROUNDS               reads them, and says what a bar costs, twice:
 *	    plain: the indicators at each bar, the bands in two passes over their 20 closes
 *	    lazy:  the bands only where volume and RSI have agreed
 *	backtest_loop scale DIR ROUNDS             by how much two threads do more than one: what
 *	    of a second processor is to be had here, and now */
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BARS 78			/* of a session */
#define N    20

struct series {
	int n, cap;
	long *t;
	double *o, *h, *l, *c, *v;
};

struct result { long trades; double pnl; };

/* ---- making */

static uint64_t seed = 1;

static double chance(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (double)(seed >> 11) / 9007199254740992.0;
}

static double normal(void)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += chance();
	return sum;
}

/* New York's days from 2024-01-02 on as if it were always winter; weekends are left out. */
static void make(const char *dir, int symbols, int sessions)
{
	for (int s = 0; s < symbols; s++) {
		char path[512];
		double price = 40 + 10 * s;
		snprintf(path, sizeof path, "%s/S%c%c.5m.csv", dir, 'A' + s / 26, 'A' + s % 26);
		FILE *f = fopen(path, "w");
		if (f == NULL)
			exit(1);
		fputs("timestamp,open,high,low,close,volume\n", f);
		for (long day = 19724, k = 0; k < sessions; day++) {
			if ((day + 3) % 7 >= 5)
				continue;
			/* Summer time, second Sunday in March to first in November, by rule. */
			time_t at = day * 86400;
			struct tm tm;
			gmtime_r(&at, &tm);
			bool summer = tm.tm_mon > 2 && tm.tm_mon < 10;
			if (tm.tm_mon == 2)
				summer = tm.tm_mday - tm.tm_wday > 7;
			if (tm.tm_mon == 10)
				summer = tm.tm_mday - tm.tm_wday <= 0;
			k++;
			for (int b = 0; b < BARS; b++) {
				double sigma = 0.0012 * (b < 6 ? 2 : 1), open = price;
				price *= 1 + sigma * normal() - (chance() < 0.004) * 0.006;
				double up = open > price ? open : price, down = open + price - up;
				up *= 1 + sigma * 0.5 * chance();
				down *= 1 - sigma * 0.5 * chance();
				double v = 1e5 * (0.5 + chance()) * (chance() < 0.02 ? 5 : 1);
				fprintf(f, "%ld,%.2f,%.2f,%.2f,%.2f,%.0f\n",
					day * 86400 + (summer ? 48600 : 52200) + b * 300,
					round(open * 100) / 100, ceil(up * 100) / 100,
					floor(down * 100) / 100, round(price * 100) / 100, v);
			}
		}
		fclose(f);
	}
}

/* ---- reading */

static void put(struct series *s, long t, const double *p, double v)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 32768;
		s->t = realloc(s->t, (size_t)s->cap * sizeof(long));
		double **all[] = { &s->o, &s->h, &s->l, &s->c, &s->v };
		for (int i = 0; i < 5; i++)
			*all[i] = realloc(*all[i], (size_t)s->cap * sizeof(double));
	}
	s->t[s->n] = t;
	s->o[s->n] = p[0];
	s->h[s->n] = p[1];
	s->l[s->n] = p[2];
	s->c[s->n] = p[3];
	s->v[s->n++] = v;
}

static int load(const char *dir, struct series *out, int most)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while (d != NULL && (e = readdir(d)) != NULL && n < most) {
		char path[768], line[256];
		if (strstr(e->d_name, ".csv") == NULL)
			continue;
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		FILE *f = fopen(path, "r");
		while (f != NULL && fgets(line, sizeof line, f) != NULL) {
			long t;
			double p[4], v;
			if (sscanf(line, "%ld,%lf,%lf,%lf,%lf,%lf", &t, p, p + 1, p + 2, p + 3,
				   &v) == 6)
				put(&out[n], t, p, v);
		}
		if (f != NULL)
			fclose(f);
		n++;
	}
	if (d != NULL)
		closedir(d);
	return n;
}

/* ---- the loop */

static double bands(const double *c, double *middle)
{
	double sum = 0, square = 0;

	for (int i = 0; i < N; i++)
		sum += c[-i];
	double mean = sum / N;
	for (int i = 0; i < N; i++)
		square += (c[-i] - mean) * (c[-i] - mean);
	*middle = mean;
	return mean - 2.5 * sqrt(square / N);
}

static struct result loop(const struct series *s, bool lazy)
{
	struct result r = { 0, 0 };
	double up = 0, down = 0, volume = 0, entry = 0, stop = 0, target = 0, shares = 0;
	bool held = false, enter = false, leave = false;
	long until = 0;

	for (int i = 0; i < s->n; i++) {
		double c = s->c[i];
		int bar = i % BARS;
		if (leave && held) {
			r.pnl += shares * (s->o[i] - 0.01 - entry);
			r.trades++;
			held = false;
		}
		if (enter) {
			entry = s->o[i] + 0.01;
			shares = floor(10000 / s->c[i - 1]);
			until = s->t[i] + 1800;
			held = true;
		}
		enter = leave = false;
		if (held && (s->l[i] <= stop || s->h[i] >= target)) {
			double at = s->l[i] <= stop ? (s->o[i] < stop ? s->o[i] : stop) :
				    s->o[i] > target ? s->o[i] : target;
			r.pnl += shares * (at - entry);
			r.trades++;
			held = false;
		}
		if (i > 0) {
			double change = c - s->c[i - 1];
			double gain = change > 0 ? change : 0, loss = change < 0 ? -change : 0;
			double of = i < 14 ? i : 14;
			up += (gain - up) / of;
			down += (loss - down) / of;
		}
		double mean = volume / N, middle = 0, lower = 0;
		bool ready = i >= 250;
		if (!lazy && i >= N)
			lower = bands(s->c + i, &middle);
		if (held) {
			if (lazy)
				bands(s->c + i, &middle);
			leave = c >= middle || s->t[i] + 300 >= until || bar >= BARS - 4;
		} else if (ready && bar < BARS - 4 && s->v[i] > 3 * mean &&
			   up < 0.3 * (up + down)) {
			if (lazy)
				lower = bands(s->c + i, &middle);
			enter = c < lower;
			stop = round(c * 99) / 100;
			target = round(c * 105) / 100;
		}
		volume += s->v[i] - (i >= N ? s->v[i - N] : 0);
	}
	return r;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct series all[512];

static void run(const char *dir, int rounds)
{
	int n = load(dir, all, 512);
	long bars = 0;

	for (int i = 0; i < n; i++)
		bars += all[i].n;
	for (int lazy = 0; lazy < 2; lazy++) {
		struct result sum = { 0, 0 };
		double best = 1e9;
		for (int k = 0; k < rounds; k++) {
			double from = now();
			sum = (struct result){ 0, 0 };
			for (int i = 0; i < n; i++) {
				struct result r = loop(&all[i], lazy != 0);
				sum.trades += r.trades;
				sum.pnl += r.pnl;
			}
			double took = now() - from;
			best = took < best ? took : best;
		}
		printf("%s %.2f ns, %ld bars, %ld trades, %.0f dollars\n", lazy ? "lazy" : "plain",
		       best * 1e9 / (double)bars, bars, sum.trades, sum.pnl);
	}
}

struct work { int n, rounds; long trades; };

static void *work(void *p)
{
	struct work *w = p;

	for (int k = 0; k < w->rounds; k++)
		for (int i = 0; i < w->n; i++)
			w->trades += loop(&all[i], false).trades;
	return NULL;
}

/* Seconds in which so many threads do the same, each. */
static double together(int n, int rounds, int threads)
{
	struct work w[2] = { { n, rounds, 0 }, { n, rounds, 0 } };
	pthread_t other;
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	if (threads == 2 && pthread_create(&other, NULL, work, &w[1]) != 0)
		exit(1);
	work(&w[0]);
	if (threads == 2)
		pthread_join(other, NULL);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void scale(const char *dir, int rounds)
{
	int n = load(dir, all, 512);
	double best[2] = { 1e9, 1e9 };

	for (int k = 0; k < rounds; k++)
		for (int threads = 1; threads <= 2; threads++) {
			double took = together(n, 30, threads);
			if (took < best[threads - 1])
				best[threads - 1] = took;
		}
	printf("scale %.2f\n", 2 * best[0] / best[1]);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "make") == 0)
		make(argv[2], (int)strtol(argv[3], NULL, 10), (int)strtol(argv[4], NULL, 10));
	else if (argc == 4 && strcmp(argv[1], "run") == 0)
		run(argv[2], (int)strtol(argv[3], NULL, 10));
	else if (argc == 4 && strcmp(argv[1], "scale") == 0)
		scale(argv[2], (int)strtol(argv[3], NULL, 10));
	else
		return 2;
	return 0;
}
