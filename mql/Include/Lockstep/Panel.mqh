//--- The panel on the chart: connected, paired, paused, and why.
#ifndef LOCKSTEP_PANEL_MQH
#define LOCKSTEP_PANEL_MQH

#include <Lockstep\Session.mqh>

#define LS_PANEL_LINES 5

string LsPanelName(const int at)
  {
   return "Lockstep"+IntegerToString(at);
  }

void LsPanelLine(const int at, const string text, const color shade)
  {
   string name = LsPanelName(at);
   if(ObjectFind(0, name)<0)
     {
      ObjectCreate(0, name, OBJ_LABEL, 0, 0, 0);
      ObjectSetInteger(0, name, OBJPROP_CORNER, CORNER_LEFT_UPPER);
      ObjectSetInteger(0, name, OBJPROP_XDISTANCE, 12);
      ObjectSetInteger(0, name, OBJPROP_YDISTANCE, 20+18*at);
      ObjectSetInteger(0, name, OBJPROP_FONTSIZE, 9);
      ObjectSetInteger(0, name, OBJPROP_SELECTABLE, false);
     }
   ObjectSetInteger(0, name, OBJPROP_COLOR, shade);
   ObjectSetString(0, name, OBJPROP_TEXT, text);
  }

string LsStateWord()
  {
   if(g_lsPhase==LS_PAUSED)
      return "PAUSED";
   if(g_lsPhase==LS_READY)
      return "CONNECTED";
   return "CONNECTING";
  }

void LsDrawPanel()
  {
   color shade = g_lsPhase==LS_READY ? clrLime : g_lsPhase==LS_PAUSED ? clrRed : clrOrange;
   string why = LsWhyNoTrade();
   LsPanelLine(0, "Lockstep "+LS_VERSION+": "+LsStateWord(), shade);
   LsPanelLine(1, g_lsWords, shade);
   LsPanelLine(2, g_lsDevice=="" ? "Not paired" : "Paired as "+g_lsDevice, clrSilver);
   LsPanelLine(3, why=="" ? "Trading is allowed" : why, why=="" ? clrSilver : clrOrange);
   LsPanelLine(4, g_lsLastDone=="" ? "No instruction yet" : "Last: "+g_lsLastDone, clrSilver);
  }

void LsRemovePanel()
  {
   for(int i=0; i<LS_PANEL_LINES; i++)
      ObjectDelete(0, LsPanelName(i));
  }
#endif
