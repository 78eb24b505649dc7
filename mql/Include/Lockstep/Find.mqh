//--- What became of a key, asked of orders, positions and history. Any candidate counts as found: one
//--- wrongly taken for ours is looked at by a person, one missed would be sent a second time.
#ifndef LOCKSTEP_FIND_MQH
#define LOCKSTEP_FIND_MQH

#include <Lockstep\Journal.mqh>

#define LS_LOOK_BACK_MS 172800000     // for a key that the journal does not know
#define LS_CLOCK_SLACK_MS 5000

bool LsMarked(const string key, const long magic, const long rowMagic, const string comment)
  {
   return (magic>0 && rowMagic==magic) || (key!="" && StringFind(comment, key)>=0);
  }

// A pending order or an open position that carries the key's marks.
bool LsFindOpen(const LsEntry &e, LsOutcome &outcome)
  {
   LsOrder orders[];
   LsPosition positions[];
   bool placed = e.kind=="place" || e.kind=="";
   if(placed && LsReadOrders(orders))
      for(int i=0; i<ArraySize(orders); i++)
         if(LsMarked(e.key, e.magic, orders[i].magic, orders[i].comment))
           {
            outcome.status = "done";
            outcome.order = orders[i].ticket;
            return true;
           }
   if(LsReadPositions(positions))
      for(int i=0; i<ArraySize(positions); i++)
         if(LsMarked(e.key, e.magic, positions[i].magic, positions[i].comment))
           {
            outcome.status = "done";
            outcome.order = positions[i].id;
            outcome.position = positions[i].id;
            outcome.filled = positions[i].volume;
            outcome.price = positions[i].open;
            return true;
           }
   return false;
  }

// Whether a deal may be what the entry asked for.
bool LsMatches(const LsEntry &e, const LsDeal &deal)
  {
   if(deal.cash || deal.atMs<e.startedMs-LS_CLOCK_SLACK_MS)
      return false;
   bool marked = LsMarked(e.key, e.magic, deal.magic, deal.comment);
   if(e.kind=="close")
     {
      if(deal.position!=e.position || deal.entry=="in")
         return false;
#ifdef __MQL5__
      return marked;
#else
      return LsSame(deal.volume, e.volume) && (deal.reason=="expert" || deal.reason=="client");
#endif
     }
   // Brokers mark the two deals of a close-by as they like.
   if(e.kind=="close-by")
      return deal.position==e.position && deal.entry=="out" && (marked || deal.reason=="expert" || deal.reason=="client");
   if(e.kind=="")
      return marked;
   // Where positions net, an open may end the other side, or a part of it.
   bool opens = deal.entry!="out" || LsIsNetting();
   return marked && opens && deal.symbol==e.symbol && deal.buy==e.buy;
  }

bool LsFindDeals(const LsEntry &e, LsOutcome &outcome)
  {
   LsDeal deals[];
   long now = LsServerMs();
   if(!LsReadDeals(e.startedMs-LS_CLOCK_SLACK_MS, now+86400000, deals))
      return false;
   double filled = 0.0, cost = 0.0;
   for(int i=0; i<ArraySize(deals); i++)
     {
      if(!LsMatches(e, deals[i]))
         continue;
      filled += deals[i].volume;
      cost += deals[i].volume*deals[i].price;
      outcome.order = deals[i].order;
      outcome.position = deals[i].position;
      outcome.atMs = deals[i].atMs;
     }
   if(filled<=0.0)
      return false;
   outcome.filled = NormalizeDouble(filled, 8);
   outcome.price = NormalizeDouble(cost/filled, 8);
   outcome.status = e.volume>0.0 && filled<e.volume-0.000000001 ? "partial" : "done";
   return true;
  }

// A change of stops or orders is done where things stand as it asked.
bool LsFindChange(const LsEntry &e, LsOutcome &outcome)
  {
   LsPosition held;
   LsOrder order;
   outcome.order = e.order;
   outcome.position = e.position;
   outcome.status = "done";
   if(e.kind=="protect")
      return LsPositionById(e.position, held) && LsSame(held.stopLoss, LsPrice(held.symbol, e.stopLoss))
             && LsSame(held.takeProfit, LsPrice(held.symbol, e.takeProfit));
   bool there = LsPendingById(e.order, order);
   if(e.kind=="cancel")
     {
      order.ticket = e.order;
      return !there && LsGoneState(order)=="cancelled";
     }
   return there && LsSame(order.stopLoss, LsPrice(order.symbol, e.stopLoss))
          && LsSame(order.takeProfit, LsPrice(order.symbol, e.takeProfit));
  }

// What a pending order fills is told by deals that bear its number.
void LsOnlyPlaced(LsOutcome &outcome)
  {
   outcome.status = "done";
   outcome.position = 0;
   outcome.filled = 0.0;
   outcome.price = 0.0;
  }

// True where something at the broker answers for the entry; the outcome is then what it says.
bool LsFindAtBroker(const LsEntry &e, LsOutcome &outcome)
  {
   LsClearOutcome(outcome);
   bool change = e.kind=="protect" || e.kind=="change" || e.kind=="cancel";
   bool found = change ? LsFindChange(e, outcome) : LsFindDeals(e, outcome);
   if(!found && !change && e.kind!="close" && e.kind!="close-by")
      found = LsFindOpen(e, outcome);
   if(!found)
      LsClearOutcome(outcome);
   else
      outcome.code = "";
   if(found && e.kind=="place")
      LsOnlyPlaced(outcome);
   if(found && outcome.atMs==0)
      outcome.atMs = LsServerMs();
   return found;
  }

// An entry for a key that the journal does not know: what may be known of it is its marks.
void LsUnjournaled(const string key, const long magic, LsEntry &e)
  {
   e.key = key;
   e.kind = "";
   e.symbol = "";
   e.volume = 0.0;
   e.position = 0;
   e.order = 0;
   e.stopLoss = 0.0;
   e.takeProfit = 0.0;
   e.magic = magic;
   e.fence = 0;
   e.startedMs = LsServerMs()-LS_LOOK_BACK_MS;
   e.ended = false;
   LsClearOutcome(e.outcome);
  }
#endif
