//--- What both Expert Advisors are: begin, one pass a timer tick, end.
#ifndef LOCKSTEP_LOCKSTEP_MQH
#define LOCKSTEP_LOCKSTEP_MQH

#include <Lockstep\Panel.mqh>

bool g_lsBegun = false;

// Reads what is kept, takes the next epoch, and looks at the account once. The account may not be
// known yet when the terminal starts: then it is tried again by the timer.
bool LsBeginRun(const string code)
  {
   if(AccountInfoInteger(ACCOUNT_LOGIN)==0)
     {
      g_lsWords = "Waiting for the terminal to log in";
      return false;
     }
   MathSrand((int)(GetTickCount()&0x7FFFFFFF));
   g_lsCode = LsCleanCode(code);
   g_lsRun = LsRandomHex(16);
   g_lsSeq = 0;
   g_lsPhase = LS_DOWN;
   g_lsBegun = true;
   if(!LsReadStore())
     {
      LsPause("The device file cannot be read");
      return true;
     }
   g_lsEpoch++;
   if(!LsWriteStore())
      LsPause("The device file cannot be written: is the disk full?");
   if(!LsOpenJournal())
      g_lsJournal = INVALID_HANDLE;
   LsReadFigures(g_lsFigures);
   LsLook(true);
   return true;
  }

void LsPass(const string code)
  {
   if(!g_lsBegun && !LsBeginRun(code))
     {
      LsDrawPanel();
      return;
     }
   LsServerMs();                     // sees each second begin
   LsChannelPass();
   LsLook(false);
   if(g_lsUp)
     {
      LsFollowUp();
      LsTellQuotes();
      LsTellFacts();
      LsTellAccount(false);
      LsTellStatus(false);
     }
   LsFlush();
   LsDrawPanel();
  }

void LsEndRun()
  {
   LsHangUp();
   LsCloseJournal();
   LsRemovePanel();
   g_lsBegun = false;
  }
#endif
