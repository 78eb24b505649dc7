//--- A tick counter that does not wrap, and the hub's clock counted on by it.
#ifndef LOCKSTEP_CLOCK_MQH
#define LOCKSTEP_CLOCK_MQH

long g_lsHubMs = 0;          // the hub's clock when it was last read; 0: never
long g_lsHubReadAt = 0;      // the counter at that time

// Milliseconds by the computer's counter. MetaTrader 4 has 32 bits of it, which wrap after 49 days.
long LsCounterMs()
  {
   static long turns = 0;
   static uint last = 0;
   uint now = GetTickCount();
   if(now<last)
      turns += 4294967296;
   last = now;
   return turns+(long)now;
  }

void LsHearHubClock(const long hubMs)
  {
   if(hubMs<=0)
      return;
   g_lsHubMs = hubMs;
   g_lsHubReadAt = LsCounterMs();
  }

// What the hub's clock shows now, or 0 where it was never heard.
long LsHubNowMs()
  {
   return g_lsHubMs==0 ? 0 : g_lsHubMs+LsCounterMs()-g_lsHubReadAt;
  }

// The trade server's clock, the one of deal times, in ms. The terminal tells whole seconds; what has
// passed since one began is counted here. MetaTrader 4 tells the time of the last tick only.
long LsServerMs()
  {
   static long second = 0, since = 0;
#ifdef __MQL5__
   long now = (long)TimeTradeServer();
#else
   long now = (long)TimeCurrent();
#endif
   if(now!=second)
     {
      second = now;
      since = LsCounterMs();
     }
   long passed = LsCounterMs()-since;
#ifdef __MQL5__
   if(passed>999)
      passed = 999;
#endif
   return second*1000+passed;
  }
#endif
