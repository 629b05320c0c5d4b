/* cmd.h: the subcommands: one file each, one entry each in gambler.c's table. Data goes to
 * stdout, messages to stderr. Exit codes below; they are in the manual. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "run/config.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_CONFIG = 78, EXIT_HELD = 79 };

struct subcommand {
	const char *name, *about;	/* about: one line of `gambler help` */
	int       (*run)(int argc, char **argv);	/* argv[0] is the command's name */
	void      (*more)(void);	/* prints what the help goes on with; NULL: nothing */
};

extern const struct subcommand commands[];		/* gambler.c; name NULL at the end */

/* Options that every command takes: -c FILE, --set section.key=value, --json. */
#define OVERRIDES_MAX 32

struct options {
	const char *config;
	const char *set[OVERRIDES_MAX + 1];
	uint32_t    sets;
	bool        json;
	int         argc;		/* what is left, argv[0] excluded */
	char       *argv[16];
};

/* flags: further options without value ("--reduce-only"), NULL-ended; found[i] is set. NULL when
 * there are none. EXIT_USAGE (told on stderr) or 0. */
int options_read(struct options *o, int argc, char **argv, const char *const *flags, bool *found);

/* Reads the configuration; all problems are told on stderr: EXIT_CONFIG, or EXIT_FAILED
 * when it may be read later. */
int options_config(const struct options *o, struct config *c);

/* "gambler: unknown option --foo", and where to look; returns EXIT_USAGE. */
int usage_error(const char *command, const char *what, const char *word);

/* "there is no command 'stat'; did you mean 'status'?"; returns EXIT_USAGE. */
int no_command(const char *word);

/* A line to stderr, for those who complain of a file. */
void print_error(void *ctx, const char *line);

/* To stdout. The text of a command is a section of help.txt, which travels compressed. */
void command_help(const struct subcommand *c);
void help_section(const char *name);
void indicators_list(void);				/* to stdout: ta/fn.h's table */

int cmd_run(int argc, char **argv);
int cmd_demo(int argc, char **argv);
/* Keys will be in this process: no core file, no other process of this user may look in. run.c */
void guard_process(void);

int cmd_check(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_calendar(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_debug(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_positions(int argc, char **argv);
int cmd_orders(int argc, char **argv);
int cmd_trades(int argc, char **argv);
int cmd_why(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_parity(int argc, char **argv);
int cmd_indicator(int argc, char **argv);
int cmd_halt(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_flatten(int argc, char **argv);
int cmd_reduce_only(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_restore(int argc, char **argv);

#endif
