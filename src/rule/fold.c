/* fold.c: what operators make of numbers. The one place beside chart/ that says so: what is
 * constant in an expression has the value that it would have at a bar. */
#include "rule/inner.h"
#include "ta/ln.h"

static double truth(bool holds)
{
	return holds ? 1.0 : 0.0;
}

static double logic(enum plan_op op, double a, double b)
{
	double decides = op == OP_OR ? 1.0 : 0.0;

	if (a == decides || b == decides)
		return decides;
	return isnan(a) || isnan(b) ? TA_NONE : 1.0 - decides;
}

static double comparison(enum plan_op op, double a, double b)
{
	switch (op) {
	case OP_LT: return truth(a < b);
	case OP_LE: return truth(a <= b);
	case OP_GT: return truth(a > b);
	case OP_GE: return truth(a >= b);
	case OP_EQ: return truth(a == b);
	default:    return truth(a != b);
	}
}

double rule_fold(enum plan_op op, double a, double b)
{
	if (op == OP_AND || op == OP_OR)
		return logic(op, a, b);
	if (isnan(a) || isnan(b))
		return TA_NONE;
	switch (op) {
	case OP_NEG:  return -a;
	case OP_NOT:  return truth(a == 0);
	case OP_ABS:  return fabs(a);
	case OP_SQRT: return a < 0 ? TA_NONE : sqrt(a);
	case OP_LOG:  return a > 0 ? ta_ln(a) : TA_NONE;
	case OP_ADD:  return a + b;
	case OP_SUB:  return a - b;
	case OP_MUL:  return a * b;
	case OP_DIV:  return b == 0 ? TA_NONE : a / b;
	case OP_MIN:  return a < b ? a : b;
	case OP_MAX:  return a > b ? a : b;
	default:
		assert(op >= OP_LT && op <= OP_NE);
		return comparison(op, a, b);
	}
}
