/* exchange.h: `gambler exchange`. argv[0] is the subcommand's name. */
#ifndef CMD_EXCHANGE_H
#define CMD_EXCHANGE_H

extern const char help_exchange[];
int cmd_exchange(int argc, char **argv);

#endif
