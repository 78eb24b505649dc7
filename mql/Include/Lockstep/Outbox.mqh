//--- Lines on their way to the hub. Those of one timer pass go out in one send.
#ifndef LOCKSTEP_OUTBOX_MQH
#define LOCKSTEP_OUTBOX_MQH

#include <Lockstep\Types.mqh>

string g_lsOut[];
long   g_lsNumber = 0;       // `n` of the last line in this session
long   g_lsSeq = 0;          // of the last event in this epoch
bool   g_lsUp = false;       // the hub has welcomed this session

void LsResetOutbox()
  {
   ArrayResize(g_lsOut, 0);
   g_lsNumber = 0;
  }

// Begins a numbered line; whatever is begun here has to be queued next.
string LsStart(const string type)
  {
   string line = LsBegin(type);
   g_lsNumber++;
   LsAddInteger(line, "n", g_lsNumber);
   LsAddInteger(line, "st", LsServerMs());
   return line;
  }

void LsQueue(const string line)
  {
   int at = ArraySize(g_lsOut);
   ArrayResize(g_lsOut, at+1, 256);
   g_lsOut[at] = line+"}";
  }

// Begins an event. One that cannot be sent only raises `seq`: the hub then asks for a snapshot.
bool LsStartEvent(const string type, string &line)
  {
   g_lsSeq++;
   if(!g_lsUp)
      return false;
   line = LsStart(type);
   LsAddInteger(line, "seq", g_lsSeq);
   return true;
  }

void LsAddFigures(string &line, const LsFigures &figures)
  {
   LsAddText(line, "cur", AccountInfoString(ACCOUNT_CURRENCY));
   LsAddText(line, "bal", LsDecimal(figures.balance, 8));
   LsAddText(line, "cred", LsDecimal(figures.credit, 8));
   LsAddText(line, "eq", LsDecimal(figures.equity, 8));
   LsAddText(line, "mar", LsDecimal(figures.margin, 8));
   LsAddText(line, "free", LsDecimal(figures.free, 8));
  }

// Magic numbers of other programs may be wider than the protocol's.
long LsShownMagic(const long magic)
  {
   return magic<0 || magic>2147483647 ? magic&2147483647 : magic;
  }

void LsAddPosition(string &line, const LsPosition &p, const double volume)
  {
   LsAddText(line, "pos", IntegerToString(p.id));
   LsAddInteger(line, "leg", p.leg);
   LsAddText(line, "sym", p.symbol);
   LsAddText(line, "side", p.buy ? "buy" : "sell");
   LsAddText(line, "vol", LsDecimal(volume, 8));
   LsAddText(line, "open", LsDecimal(p.open, 8));
   LsAddText(line, "sl", LsOptional(p.stopLoss, 8));
   LsAddText(line, "tp", LsOptional(p.takeProfit, 8));
   LsAddInteger(line, "opened", p.openedMs);
   LsAddText(line, "float", LsDecimal(p.floating, 8));
   LsAddText(line, "key", LsKeyOfPosition(p.id, 0));
   LsAddInteger(line, "magic", LsShownMagic(p.magic));
   LsAddText(line, "cmt", p.comment);
  }

void LsAddOrder(string &line, const LsOrder &o)
  {
   LsAddText(line, "order", IntegerToString(o.ticket));
   LsAddText(line, "type", o.type);
   LsAddText(line, "sym", o.symbol);
   LsAddText(line, "side", o.buy ? "buy" : "sell");
   LsAddText(line, "vol", LsDecimal(o.volume, 8));
   LsAddText(line, "price", LsDecimal(o.price, 8));
   LsAddText(line, "limit", LsOptional(o.limitPrice, 8));
   LsAddText(line, "sl", LsOptional(o.stopLoss, 8));
   LsAddText(line, "tp", LsOptional(o.takeProfit, 8));
   LsAddInteger(line, "expiry", o.expiryMs);
   LsAddInteger(line, "at", o.atMs);
   LsAddText(line, "key", LsKeyOfPosition(0, o.ticket));
   LsAddInteger(line, "magic", LsShownMagic(o.magic));
   LsAddText(line, "cmt", o.comment);
  }

void LsAddDeal(string &line, const LsDeal &d)
  {
   LsAddText(line, "did", IntegerToString(d.id));
   LsAddText(line, "oid", IntegerToString(d.order));
   LsAddText(line, "dpos", IntegerToString(d.position));
   LsAddInteger(line, "dleg", d.leg);
   LsAddText(line, "dsym", d.symbol);
   LsAddText(line, "dside", d.buy ? "buy" : "sell");
   LsAddText(line, "entry", d.entry);
   LsAddText(line, "dvol", LsDecimal(d.volume, 8));
   LsAddText(line, "price", LsDecimal(d.price, 8));
   LsAddText(line, "profit", LsDecimal(d.profit, 8));
   LsAddText(line, "comm", LsDecimal(d.commission, 8));
   LsAddText(line, "swap", LsDecimal(d.swap, 8));
   LsAddText(line, "reason", d.reason);
   LsAddText(line, "dkey", LsKeyOfDeal(d));
   LsAddInteger(line, "dmagic", LsShownMagic(d.magic));
   LsAddText(line, "dcmt", d.comment);
   LsAddInteger(line, "at", d.atMs);
  }

void LsAddOutcome(string &line, const string key, const long fence, const LsOutcome &o)
  {
   LsAddText(line, "key", key);
   LsAddInteger(line, "fence", fence);
   LsAddText(line, "status", o.status);
   LsAddText(line, "code", o.code);
   LsAddInteger(line, "ret", o.ret);
   LsAddText(line, "order", o.order>0 ? IntegerToString(o.order) : "");
   LsAddText(line, "pos", o.position>0 ? IntegerToString(o.position) : "");
   LsAddText(line, "filled", LsDecimal(o.filled, 8));
   LsAddText(line, "price", LsOptional(o.price, 8));
   LsAddInteger(line, "at", o.atMs);
  }

void LsSendOutcome(const string key, const long fence, const LsOutcome &outcome)
  {
   if(!g_lsUp)
      return;
   string line = LsStart("outcome");
   LsAddOutcome(line, key, fence, outcome);
   LsQueue(line);
  }
#endif
