//--- What happened in the account: the difference of two snapshots is the truth, deals explain it, and
//--- trade events only say when to look. A difference that no deal explains in time becomes a gap.
#ifndef LOCKSTEP_WATCH_MQH
#define LOCKSTEP_WATCH_MQH

#include <Lockstep\Outbox.mqh>

#define LS_EXPLAIN_MS 1500
#define LS_LOOK_MS 250
#define LS_DEALS_BACK_MS 600000

LsPosition g_lsLast[];
LsOrder    g_lsLastOrders[];
LsFigures  g_lsFigures;
string     g_lsSeen[];           // deals that were told, or were there before
bool       g_lsHint = true;      // look now
long       g_lsUnexplainedSince = 0;

string LsDealMark(const LsDeal &deal)
  {
   return IntegerToString(deal.id)+deal.entry;
  }

bool LsSeen(const LsDeal &deal)
  {
   string mark = LsDealMark(deal);
   for(int i=ArraySize(g_lsSeen)-1; i>=0; i--)
      if(g_lsSeen[i]==mark)
         return true;
   return false;
  }

void LsMarkSeen(const LsDeal &deal)
  {
   int at = ArraySize(g_lsSeen);
   if(at>=4000)
     {
      for(int i=0; i<2000; i++)
         g_lsSeen[i] = g_lsSeen[at-2000+i];
      at = 2000;
     }
   ArrayResize(g_lsSeen, at+1, 256);
   g_lsSeen[at] = LsDealMark(deal);
  }

// Deals that were not told yet, oldest first.
bool LsNewDeals(LsDeal &fresh[])
  {
   LsDeal all[];
   ArrayResize(fresh, 0);
   long now = LsServerMs();
   if(!LsReadDeals(now-LS_DEALS_BACK_MS, now+86400000, all))
      return false;
   int count = 0;
   ArrayResize(fresh, ArraySize(all));
   for(int i=0; i<ArraySize(all); i++)
      if(!LsSeen(all[i]))
         fresh[count++] = all[i];
   ArrayResize(fresh, count);
   return true;
  }

int LsIndexOf(const LsPosition &rows[], const long id)
  {
   for(int i=0; i<ArraySize(rows); i++)
      if(rows[i].id==id)
         return i;
   return -1;
  }

// What a position's volume must be after the deals from `from` on, given its volume before them.
// Negative: the deals contradict it.
double LsVolumeAfter(const LsDeal &deals[], const int from, const long position, const double before)
  {
   double volume = before;
   for(int i=from; i<ArraySize(deals); i++)
     {
      if(deals[i].cash || deals[i].position!=position)
         continue;
      if(deals[i].entry=="in")
         volume += deals[i].volume;
      else if(deals[i].entry=="out")
         volume -= deals[i].volume;
      else
         volume = deals[i].volume-volume;
     }
   return NormalizeDouble(volume, 8);
  }

bool LsExplained(const LsPosition &now[], const LsDeal &deals[])
  {
   for(int i=0; i<ArraySize(now); i++)
     {
      int at = LsIndexOf(g_lsLast, now[i].id);
      double before = at<0 ? 0.0 : g_lsLast[at].volume;
      if(!LsSame(LsVolumeAfter(deals, 0, now[i].id, before), now[i].volume))
         return false;
     }
   for(int i=0; i<ArraySize(g_lsLast); i++)
      if(LsIndexOf(now, g_lsLast[i].id)<0 && !LsSame(LsVolumeAfter(deals, 0, g_lsLast[i].id, g_lsLast[i].volume), 0.0))
         return false;
   return true;
  }

void LsTellCash(const LsDeal &deal, const LsFigures &after)
  {
   string line = "";
   if(!LsStartEvent("cash", line))
      return;
   LsAddText(line, "id", IntegerToString(deal.id));
   LsAddText(line, "kind", deal.kind);
   LsAddText(line, "amount", LsDecimal(deal.profit, 8));
   LsAddText(line, "cmt", deal.comment);
   LsAddInteger(line, "at", deal.atMs);
   LsAddFigures(line, after);
   LsQueue(line);
  }

// The position as a deal leaves it, from what stands now or stood before.
void LsRowAfter(const LsDeal &deal, const LsPosition &now[], LsPosition &row)
  {
   int at = LsIndexOf(now, deal.position), was = LsIndexOf(g_lsLast, deal.position);
   if(at>=0)
      row = now[at];
   else if(was>=0)
      row = g_lsLast[was];
   else
     {
      // It came and went between two looks.
      row.id = deal.position;
      row.ticket = deal.position;
      row.leg = deal.leg;
      row.symbol = deal.symbol;
      row.buy = deal.entry=="in" ? deal.buy : !deal.buy;
      row.open = deal.price;
      row.stopLoss = 0.0;
      row.takeProfit = 0.0;
      row.openedMs = deal.atMs;
      row.floating = 0.0;
      row.magic = deal.magic;
      row.comment = deal.comment;
     }
   row.leg = deal.leg;
   if(at<0)
      row.floating = 0.0;
   if(deal.entry=="inout")
      row.buy = deal.buy;
  }

void LsTellDeal(const LsDeal &deals[], const int at, const LsPosition &now[])
  {
   int was = LsIndexOf(g_lsLast, deals[at].position);
   double volume = was<0 ? 0.0 : g_lsLast[was].volume;
   LsDeal upTo[];
   ArrayResize(upTo, at+1);
   for(int i=0; i<=at; i++)
      upTo[i] = deals[i];
   volume = LsVolumeAfter(upTo, 0, deals[at].position, volume);
   LsPosition row;
   LsRowAfter(deals[at], now, row);
   string line = "";
   if(!LsStartEvent("deal", line))
      return;
   LsAddDeal(line, deals[at]);
   LsAddPosition(line, row, volume<0.0 ? 0.0 : volume);
   LsAddFigures(line, g_lsFigures);
   LsQueue(line);
  }

void LsTellStops(const LsPosition &now[])
  {
   for(int i=0; i<ArraySize(now); i++)
     {
      int at = LsIndexOf(g_lsLast, now[i].id);
      if(at<0 || (LsSame(now[i].stopLoss, g_lsLast[at].stopLoss) && LsSame(now[i].takeProfit, g_lsLast[at].takeProfit)))
         continue;
      string line = "";
      if(!LsStartEvent("position", line))
         continue;
      LsAddPosition(line, now[i], now[i].volume);
      LsAddFigures(line, g_lsFigures);
      LsQueue(line);
     }
  }

int LsOrderIndex(const LsOrder &rows[], const long ticket)
  {
   for(int i=0; i<ArraySize(rows); i++)
      if(rows[i].ticket==ticket)
         return i;
   return -1;
  }

void LsTellOrder(const LsOrder &order, const string state)
  {
   string line = "";
   if(!LsStartEvent("order", line))
      return;
   LsAddOrder(line, order);
   LsAddText(line, "state", state);
   LsAddFigures(line, g_lsFigures);
   LsQueue(line);
  }

bool LsOrderChanged(const LsOrder &a, const LsOrder &b)
  {
   return !LsSame(a.price, b.price) || !LsSame(a.stopLoss, b.stopLoss) || !LsSame(a.takeProfit, b.takeProfit)
          || !LsSame(a.limitPrice, b.limitPrice) || !LsSame(a.volume, b.volume) || a.type!=b.type
          || a.expiryMs!=b.expiryMs;
  }

void LsTellOrders(const LsOrder &now[])
  {
   for(int i=0; i<ArraySize(g_lsLastOrders); i++)
     {
      if(LsOrderIndex(now, g_lsLastOrders[i].ticket)>=0)
         continue;
      string state = LsGoneState(g_lsLastOrders[i]);
      if(state=="")
         g_lsSeq++;                 // not known: a gap, so that the hub looks
      else
         LsTellOrder(g_lsLastOrders[i], state);
     }
   for(int i=0; i<ArraySize(now); i++)
     {
      int at = LsOrderIndex(g_lsLastOrders, now[i].ticket);
      if(at<0)
         LsTellOrder(now[i], "placed");
      else if(LsOrderChanged(now[i], g_lsLastOrders[at]))
         LsTellOrder(now[i], "changed");
     }
  }

void LsAccept(const LsPosition &now[], const LsOrder &orders[], const LsDeal &deals[])
  {
   for(int i=0; i<ArraySize(deals); i++)
      LsMarkSeen(deals[i]);
   ArrayResize(g_lsLast, ArraySize(now));
   for(int i=0; i<ArraySize(now); i++)
      g_lsLast[i] = now[i];
   ArrayResize(g_lsLastOrders, ArraySize(orders));
   for(int i=0; i<ArraySize(orders); i++)
      g_lsLastOrders[i] = orders[i];
   g_lsUnexplainedSince = 0;
  }

void LsTellAll(const LsPosition &now[], const LsOrder &orders[], const LsDeal &deals[])
  {
   LsFigures after;
   LsReadFigures(after);
   LsTellOrders(orders);
   for(int i=0; i<ArraySize(deals); i++)
     {
      if(deals[i].cash)
         LsTellCash(deals[i], after);
      else
         LsTellDeal(deals, i, now);
     }
   LsTellStops(now);
   LsAccept(now, orders, deals);
  }

// Looks at the account and tells what happened. `first`: what is there already is told by no event.
void LsLook(const bool first)
  {
   static long next = 0;
   static int heldBefore = -1;
   int held = OrdersTotal();
#ifdef __MQL5__
   held += PositionsTotal()*100000;
#endif
   if(!first && !g_lsHint && held==heldBefore && LsCounterMs()<next)
      return;
   LsPosition now[];
   LsOrder orders[];
   LsDeal deals[];
   if(!LsReadPositions(now) || !LsReadOrders(orders) || !LsNewDeals(deals))
      return;                        // a failed read is no empty account
   g_lsHint = false;
   heldBefore = held;
   next = LsCounterMs()+LS_LOOK_MS;
   if(first)
      LsAccept(now, orders, deals);
   else if(LsExplained(now, deals))
      LsTellAll(now, orders, deals);
   else if(g_lsUnexplainedSince==0)
      g_lsUnexplainedSince = LsCounterMs();
   else if(LsCounterMs()-g_lsUnexplainedSince>LS_EXPLAIN_MS)
     {
      g_lsSeq++;
      LsAccept(now, orders, deals);
     }
   if(g_lsUnexplainedSince>0)
      g_lsHint = true;
   LsReadFigures(g_lsFigures);
  }
#endif
