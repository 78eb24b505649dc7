//+------------------------------------------------------------------+
//| Lockstep for MetaTrader 4: links this account with your hub.      |
//| Put it on one chart of the terminal; any symbol will do.          |
//+------------------------------------------------------------------+
#property copyright "Lockstep"
#property version   "1.00"
#property strict
#property description "Links this account with your Lockstep hub, as master, follower or both."
#property description "Allow the hub's URL under Tools, Options, Expert Advisors, WebRequest."
#property description "The account's password never leaves the terminal. No DLL is used."

enum LsRole
  {
   LS_ROLE_BOTH,         // Master and follower
   LS_ROLE_MASTER,       // Master only: never trades
  };

input string InpHub       = "127.0.0.1";     // Address of the hub, as allowed in the options
input int    InpPort      = 443;             // Port of the hub
input bool   InpTls       = true;            // Encrypt (off only within one machine)
input string InpCode      = "";              // Pairing code from the portal, for the first start
input LsRole InpRole      = LS_ROLE_BOTH;    // What this account may be
input int    InpTimerMs   = 100;             // How often to look, ms (20 to 1000)
input int    InpDeviation = 20;              // Slippage that is accepted, points

#include <Lockstep\Json.mqh>
#include <Lockstep\Hash.mqh>
#include <Lockstep\Clock.mqh>
#include <Lockstep\Store.mqh>
#include <Lockstep\Types.mqh>
#include <Lockstep\Journal.mqh>
#include <Lockstep\Execute4.mqh>
#include <Lockstep\Http.mqh>
#include <Lockstep\Lockstep.mqh>

int OnInit()
  {
   if(InpHub=="" || InpPort<1 || InpPort>65535 || InpTimerMs<20 || InpTimerMs>1000 || InpDeviation<0)
     {
      Alert("Lockstep: an input is outside of its range");
      return INIT_PARAMETERS_INCORRECT;
     }
   g_lsTrades = InpRole!=LS_ROLE_MASTER;
   g_lsDeviation = InpDeviation;
   LsSetHub(InpHub, InpPort, InpTls);
   LsBeginRun(InpCode);
   return EventSetMillisecondTimer(InpTimerMs) ? INIT_SUCCEEDED : INIT_FAILED;
  }

void OnDeinit(const int reason)
  {
   EventKillTimer();
   LsEndRun();
   Print("Lockstep ends, reason ", reason);
  }

void OnTimer()
  {
   LsPass(InpCode);
  }

void OnTick()
  {
  }
