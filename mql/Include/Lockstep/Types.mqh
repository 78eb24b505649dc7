//--- What is read from the terminal and what is done in it; the same for both platforms.
#ifndef LOCKSTEP_TYPES_MQH
#define LOCKSTEP_TYPES_MQH

struct LsPosition
  {
   long              id;        // MT5: POSITION_IDENTIFIER; MT4: the first ticket of the chain
   long              ticket;    // by which the terminal is asked to change it
   int               leg;       // reversals of a netted position
   string            symbol;
   bool              buy;
   double            volume;
   double            open;
   double            stopLoss;
   double            takeProfit;
   long              openedMs;
   double            floating;
   long              magic;
   string            comment;
  };

struct LsOrder
  {
   long              ticket;
   string            type;      // limit, stop or stop-limit
   string            symbol;
   bool              buy;
   double            volume;
   double            price;
   double            limitPrice; // of the limit order that a stop-limit order becomes, else 0
   double            stopLoss;
   double            takeProfit;
   long              expiryMs;
   long              atMs;
   long              magic;
   string            comment;
  };

struct LsDeal
  {
   long              id;
   long              order;
   long              position;
   int               leg;
   string            symbol;
   bool              buy;
   string            entry;     // in, out or inout
   double            volume;
   double            price;
   double            profit;
   double            commission;
   double            swap;
   string            reason;
   long              magic;
   string            comment;
   long              atMs;
   bool              cash;      // money paid in or out: no trade
   string            kind;      // of cash
  };

struct LsFigures
  {
   double            balance;
   double            credit;
   double            equity;
   double            margin;
   double            free;
  };

struct LsInstruction
  {
   string            key;
   string            kind;
   string            symbol;
   bool              buy;
   string            type;
   double            volume;
   double            price;
   double            limitPrice; // of the limit order that a stop-limit order becomes
   long              position;
   long              by;        // of a close-by: the opposite position
   long              order;
   double            stopLoss;
   double            takeProfit;
   long              expiryMs;
   long              magic;
   string            comment;
   long              fence;
   long              untilMs;
  };

struct LsOutcome
  {
   string            status;
   string            code;
   int               ret;
   long              order;
   long              position;
   double            filled;
   double            price;
   long              atMs;
  };

void LsClearOutcome(LsOutcome &outcome)
  {
   outcome.status = "unknown";
   outcome.code = "IN_FLIGHT";
   outcome.ret = 0;
   outcome.order = 0;
   outcome.position = 0;
   outcome.filled = 0.0;
   outcome.price = 0.0;
   outcome.atMs = 0;
  }

void LsReject(LsOutcome &outcome, const string code, const int ret)
  {
   LsClearOutcome(outcome);
   outcome.status = "rejected";
   outcome.code = code;
   outcome.ret = ret;
  }

void LsReadFigures(LsFigures &figures)
  {
   figures.balance = AccountInfoDouble(ACCOUNT_BALANCE);
   figures.credit = AccountInfoDouble(ACCOUNT_CREDIT);
   figures.equity = AccountInfoDouble(ACCOUNT_EQUITY);
   figures.margin = AccountInfoDouble(ACCOUNT_MARGIN);
#ifdef __MQL5__
   figures.free = AccountInfoDouble(ACCOUNT_MARGIN_FREE);
#else
   figures.free = figures.equity-figures.margin;
#endif
  }

bool LsSame(const double a, const double b)
  {
   return MathAbs(a-b)<0.000000005;
  }
#endif
