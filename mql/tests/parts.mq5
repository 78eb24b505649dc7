//--- The parts of the Expert Advisors, one at a time: reads `Files\in.txt` (a word and its arguments,
//--- tab-separated, a line each) and writes what each gives to `Files\out.txt`.
#property strict

#include <Lockstep\Json.mqh>
#include <Lockstep\Hash.mqh>
#include <Lockstep\Clock.mqh>
#include <Lockstep\Store.mqh>
#include <Lockstep\Types.mqh>
#include <Lockstep\Journal.mqh>
#include <Lockstep\Execute5.mqh>
#include "parts.mqh"

int OnInit()
  {
   RunParts();
   return INIT_FAILED;
  }

void OnDeinit(const int reason)
  {
   Print(reason);
  }

void OnTimer()
  {
  }

void OnTick()
  {
  }

void OnTradeTransaction(const MqlTradeTransaction &transaction, const MqlTradeRequest &request, const MqlTradeResult &result)
  {
   Print(transaction.deal, request.order, result.deal);
  }
